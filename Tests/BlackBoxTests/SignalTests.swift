// Promise: signals that mean no end do not end the gateway, and a second one that does ends the drain.

import Foundation
import Testing

extension Outside {
    @Suite struct SignalTests {
        @Test func aHangupReloadsAndLogRotationIsIgnoredWithALine() async throws {
            try await Gateway.run { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                for (signal, words) in [
                    (SIGHUP, "The configuration was reloaded"), (SIGUSR1, "SIGUSR1"), (SIGUSR2, "SIGUSR2"),
                ] {
                    gateway.child.send(signal)
                    try await eventually("a line about \(signal)", otherwise: { gateway.child.transcript }) {
                        gateway.child.errors.contains(words)
                    }
                }
                _ = try await gateway.publish(#"{"to":{"user":"alice"},"data":"on"}"#, token: gateway.backendToken())
                try await stream.events(1)
                stream.close()
            }
        }

        private static let pairs: [(Int32, Int32, Int32)] = [
            (SIGTERM, SIGTERM, 143), (SIGINT, SIGINT, 130), (SIGTERM, SIGINT, 130),
        ]

        @Test(arguments: pairs)
        func theSecondEndsTheDrain(first: Int32, second: Int32, code: Int32) async throws {
            // On one event loop: the drain has its first end soon, and the others far apart.
            let gateway = try await Gateway.start([
                "shutdown.drain": "60s", "listen.event_loops": "1", "logging.format": "json",
            ])
            var streams: [Subscription] = []
            // One user's streams would share a few lines.
            for (user, version) in ["alice", "bob"].flatMap({ [($0, "--http1.1"), ($0, "--http2")] }) {
                streams.append(try await gateway.open(gateway.token(user), query: "", at: nil, version))
            }
            gateway.child.send(first)
            try await eventually("the drain", otherwise: { gateway.child.transcript }) {
                gateway.child.errors.contains("Draining.")
            }
            gateway.child.send(second)
            #expect(try await gateway.child.ended(within: .seconds(5)) == code, "\(gateway.child.transcript)")
            let ended = JSONLine.all(in: gateway.child.errors).filter { $0.text("message") == "Stream ended." }
            let reasons = ended.map { $0.text("reason") }
            #expect(reasons == Array(repeating: "draining", count: 4), "the clients have not gone")
            for stream in streams {
                #expect(try await stream.ended(within: .seconds(5)) == 0, "\(stream.child.transcript)")
            }
        }

        // MARK: Before it serves

        /// A gateway that has been started and can't open its log yet, since another program writes to it. It catches
        /// signals before it reads anything.
        private static func whileItStarts(
            _ test: (_ gateway: Child, _ goOn: () -> Void) async throws -> Void
        ) async throws {
            let (workspace, certificates, ports) = try await (Workspace(), Certificates.shared(), freePorts(2))
            let log = workspace.path("events.db")
            let settings: Settings = ["log.kind": "sqlite", "log.path": log]
            let first = try await Gateway.start(settings)
            try await first.stop()
            let writer = try Child(
                Package.python(),
                [
                    "-c",
                    "import sqlite3, sys, time; log = sqlite3.connect(sys.argv[1]); log.execute('BEGIN IMMEDIATE'); "
                        + "print('holds', flush=True); time.sleep(60)",
                    log,
                ], in: workspace)
            try await eventually("a writer") { writer.output.contains("holds") }
            let file = try workspace.write(
                Gateway.standing(certificates, ports: ports).overridden(by: settings).yaml, to: "sluice.yaml")
            let gateway = try Child(Package.program(), ["serve", "--config", file], in: workspace)
            try await eventually("a gateway that opens its log", otherwise: { gateway.transcript }) {
                Self.files(of: gateway.process).contains(log)
            }
            try await test(gateway, writer.end)
        }

        private static func files(of process: pid_t) -> [String] {
            let folder = "/proc/\(process)/fd"
            let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return descriptors.compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
            }
        }

        @Test(arguments: [SIGTERM, SIGINT])
        func whoIsToldToStopBeforeItServesDoesNotBegin(signal: Int32) async throws {
            try await Self.whileItStarts { gateway, goOn in
                gateway.send(signal)
                goOn()
                let code = try await gateway.ended()
                #expect(code == 0, "\(gateway.transcript)")
                #expect(gateway.errors.contains("Told to stop before it served."), "\(gateway.transcript)")
                #expect(!gateway.errors.contains("Listening."), "\(gateway.transcript)")
            }
        }

        @Test func theSecondEndsTheStartAtOnce() async throws {
            try await Self.whileItStarts { gateway, _ in
                gateway.send(SIGTERM)
                gateway.send(SIGINT)
                let code = try await gateway.ended(within: .seconds(2))
                // Of two that wait, the system gives either first.
                #expect([130, 143].contains(code), "\(gateway.transcript)")
            }
        }

        @Test func otherSignalsBeforeItServesAreActedOnWhenItDoes() async throws {
            try await Self.whileItStarts { gateway, goOn in
                for signal in [SIGHUP, SIGUSR1, SIGUSR2, SIGHUP] { gateway.send(signal) }
                goOn()
                for words in ["Listening.", "SIGUSR1", "SIGUSR2", "The configuration was reloaded"] {
                    try await eventually("a line with \(words)", otherwise: { gateway.transcript }) {
                        gateway.errors.contains(words)
                    }
                }
                gateway.send(SIGTERM)
                #expect(try await gateway.ended() == 0, "\(gateway.transcript)")
                #expect(gateway.errors.components(separatedBy: "was reloaded").count == 2, "once for both")
            }
        }

        @Test func aReaderOfTheLogThatLeavesIsNoEnd() async throws {
            try await Gateway.run { gateway in
                gateway.child.send(SIGPIPE)
                gateway.child.send(SIGXFSZ)
                let stream = try await gateway.open(gateway.token("alice"))
                stream.close()
            }
        }
    }
}
