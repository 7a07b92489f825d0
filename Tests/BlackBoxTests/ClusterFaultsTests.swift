// Promise: whatever happens to the servers of NATS, the gateways and the links between them, every event that was
// answered 2xx reaches every stream of its user exactly once and in order, or a gap says otherwise.

import Foundation
import Testing

extension Outside {
    @Suite(.alone) struct ClusterFaultsTests {
        /// `SLUICE_CLUSTER_FAULTS=600 swift test --filter ClusterFaultsTests` (or `make cluster-faults`) is the long
        /// form, in seconds. `SLUICE_SEED` repeats which faults come when.
        private static let environment = ProcessInfo.processInfo.environment
        private static let seconds = environment["SLUICE_CLUSTER_FAULTS"].flatMap(Int.init) ?? 120
        private static let seed = environment["SLUICE_SEED"].map { ["--seed", $0] } ?? []

        @Test(.timeLimit(.minutes(40))) func nothingAnsweredIsMissedInSilence() async throws {
            let (workspace, certificates) = (try Workspace(), try await Certificates.shared())
            let ports = try freePorts(16).map(String.init).joined(separator: ",")
            let folder = URL(fileURLWithPath: certificates.chain).deletingLastPathComponent().path
            let child = try Child(
                Package.python(),
                [
                    Package.client("cluster_faults.py"), "--ca", certificates.authority, "--certificates", folder,
                    "--program", Package.program(), "--ports", ports, "--seconds", "\(Self.seconds)",
                ] + Self.seed, environment: ["PYTHONDONTWRITEBYTECODE": "1", "PATH": Proxy.path], in: workspace)
            let output = try await child.succeeded(within: .seconds(Self.seconds + 300))
            let figures = try #require(JSONLine.all(in: output).last, "\(child.transcript)")
            #expect(figures.number("violations") == 0, "\(output)")
            // The schedule has a fault every five seconds; some find their victims down.
            #expect(try #require(figures.number("faults")) > Double(Self.seconds / 10), "\(output)")
            #expect(try #require(figures.number("answered")) > Double(5 * Self.seconds), "\(output)")
            #expect(figures.number("refused") != 0, "\(output)")
            print("cluster faults: \(output)")
        }

        @Test func theAccountFindsWhateverIsWrong() async throws {
            let child = try Child(
                Package.python(), [Package.client("cluster_account_cases.py")],
                environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: Workspace())
            let output = try await child.succeeded()
            let figures = try #require(JSONLine.all(in: output).last, "\(child.transcript)")
            #expect(figures.number("wrong") == 0 && figures.number("cases") == 11, "\(output)")
        }
    }
}
