// Promise: a gateway that a service manager passes its sockets to is restarted without a connection that is refused, an
// event that is lost, or one that comes twice.

import Foundation
import Testing

extension Outside {
    @Suite struct RestartTests {
        /// `SLUICE_RESTARTS=20` (or `make restarts`) is the long form, with 200 streams.
        private static let long = ProcessInfo.processInfo.environment["SLUICE_RESTARTS"].flatMap(Int.init)

        private static let settings: Settings = [
            "log.kind": "sqlite", "log.durability": "full", "logging.level": "notice", "shutdown.drain": "100ms",
        ]

        @Test(.timeLimit(.minutes(10))) func nobodyIsRefused() async throws {
            let (workspace, certificates, ports) = try await (Workspace(), Certificates.shared(), freePorts(2))
            let log: Settings = ["log.path": workspace.path("events.db")]
            let file = try workspace.write(
                Gateway.standing(certificates, ports: ports).overridden(by: Self.settings).overridden(by: log).yaml,
                to: "sluice.yaml")
            let child = try Child(
                Package.python(),
                [
                    Package.client("crash.py"), "--restart", "--activated", "--port", "\(ports[0])", "--admin-port",
                    "\(ports[1])", "--ca", certificates.authority, "--keys", certificates.tokenKeys, "--program",
                    Package.program(), "--config", file, "--kills", "\(Self.long ?? 3)", "--users",
                    Self.long == nil ? "40" : "200",
                ], environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: workspace)
            let output = try await child.succeeded(within: .seconds(550))
            let figures = try #require(JSONLine.all(in: output).last, "\(child.transcript)")
            #expect(figures.number("refused") == 0, "\(output)")
            #expect(figures.number("wrongUsers") == 0 && figures.number("gaps") == 0, "\(output)")
            #expect(figures.number("published") == figures.number("received"), "\(output)")
            #expect(try #require(figures.number("published")) > 0 && figures.number("exit") == 0, "\(output)")
            print("restart test: \(output)")
        }

        @Test func aSocketThatIsOfNoUseIsSaid() async throws {
            let (workspace, certificates, ports) = try await (Workspace(), Certificates.shared(), freePorts(2))
            let file = try workspace.write(Gateway.standing(certificates, ports: ports).yaml, to: "sluice.yaml")
            let gateway = try Child(
                "sh",
                [
                    "-c", #"exec env LISTEN_FDS=1 LISTEN_FDNAMES=public LISTEN_PID=$$ "$@" 3</dev/null"#, "sh",
                    Package.program(), "serve", "--config", file,
                ], in: workspace)
            #expect(try await gateway.ended() == 78, "\(gateway.transcript)")
            #expect(gateway.errors.contains("is no TCP socket that listens"), "\(gateway.transcript)")
        }
    }
}
