// Promise: the gateways of a cluster behind HAProxy are restarted one after another without a connection that is
// refused, an event that is lost, or one that comes twice.

import Foundation
import Testing

extension Outside {
    @Suite struct RollingRestartTests {
        /// `SLUICE_RESTARTS=20` (or `make restarts`) is the long form, with 200 streams.
        private static let long = ProcessInfo.processInfo.environment["SLUICE_RESTARTS"].flatMap(Int.init)

        @Test func nobodyIsRefused() async throws {
            let (workspace, certificates, ports) = try await (Workspace(), Certificates.shared(), freePorts(16))
            let child = try Child(
                Package.python(),
                [
                    Package.client("rolling.py"), "--cluster", Package.path("deploy/cluster/try.py"), "--port",
                    "\(ports[0])", "--ports", ports.map(String.init).joined(separator: ","), "--ca",
                    certificates.authority, "--certificates",
                    URL(fileURLWithPath: certificates.chain).deletingLastPathComponent().path, "--keys",
                    certificates.tokenKeys, "--program", Package.program(), "--restarts", "\(Self.long ?? 2)",
                    "--users", Self.long == nil ? "40" : "200",
                ], environment: ["PATH": Proxy.path, "PYTHONDONTWRITEBYTECODE": "1"], in: workspace)
            let output = try await child.succeeded(within: .seconds(700))
            let figures = try #require(JSONLine.all(in: output).last, "\(child.transcript)")
            #expect(figures.number("refused") == 0 && figures.number("broken") == 0, "\(output)")
            #expect(figures.number("unavailable") == 0, "\(output)")
            #expect(figures.number("wrongUsers") == 0 && figures.number("gaps") == 0, "\(output)")
            #expect(figures.number("published") == figures.number("received"), "\(output)")
            #expect(try #require(figures.number("published")) > 0 && figures.number("exit") == 0, "\(output)")
            // A third of the streams, about, had to move with each restart.
            #expect(try #require(figures.number("reconnects")) >= 10, "\(output)")
            print("rolling restart test: \(output)")
        }
    }
}
