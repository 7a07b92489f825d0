// Promise: with a log in a file, events, ids and keys survive a restart; a file that can't be used is refused with its
// path, what is wrong and what to do; and a full disk is told to publishers while streams go on.

import Foundation
import Testing

extension Outside {
    @Suite struct LogFileTests {
        private static func settings(_ workspace: Workspace, _ more: Settings = [:]) -> Settings {
            let log: Settings = ["log.kind": "sqlite", "log.path": workspace.path("events.db")]
            return log.overridden(by: more)
        }

        private static func event(_ data: String) -> String { #"{"to":{"user":"alice"},"data":"\#(data)"}"# }

        // MARK: Restarts

        @Test(arguments: [SIGTERM, SIGKILL])
        func aStreamGoesOnBehindItsLastEventAfterARestart(signal: Int32) async throws {
            let workspace = try Workspace()
            let first = try await Gateway.start(Self.settings(workspace))
            let (backend, alice) = try await (first.backendToken(), first.token("alice"))
            let stream = try await first.open(alice)
            for data in ["1", "2"] { _ = try await first.publish(Self.event(data), token: backend) }
            let id = try #require(try await stream.events(2).first?.id)
            first.child.send(signal)
            _ = try await first.child.ended()

            let second = try await Gateway.start(Self.settings(workspace), ports: [first.port, first.adminPort])
            _ = try await second.publish(Self.event("3"), token: backend)
            let resumed = try await second.open(alice, "--header", "Last-Event-ID: \(id)")
            #expect(try await resumed.events(2).map(\.data) == ["2", "3"])
            #expect(
                resumed.events.map { $0.id?.prefix { $0 != "-" } }
                    == Array(repeating: id.prefix { $0 != "-" }, count: 2))
            try await second.stop()
        }

        private static func publish(_ data: String, _ gateway: Gateway, _ token: String) async throws -> Answer {
            try await gateway.request(
                "/v1/publish", "--header", "Content-Type: application/json", "--header", "Idempotency-Key: order-66",
                "--data-binary", event(data), token: token)
        }

        @Test func aRetryIsKnownAfterARestart() async throws {
            let workspace = try Workspace()
            let first = try await Gateway.start(Self.settings(workspace))
            let backend = try await first.backendToken()
            let answer = try await Self.publish("1", first, backend)
            first.child.send(SIGKILL)
            _ = try await first.child.ended()
            let second = try await Gateway.start(Self.settings(workspace), ports: [first.port, first.adminPort])
            let again = try await Self.publish("1", second, backend)
            #expect(again.status == 200)
            #expect(again.body == answer.body)
            let other = try await Self.publish("2", second, backend)
            #expect(other.status == 422)
            #expect(other.body.contains("idempotency-key-reused"))
            #expect(try await second.metrics().sum("sluice_log_events") == 1)
            try await second.stop()
        }

        @Test func aLogInMemoryIsAnotherOneAfterARestart() async throws {
            let first = try await Gateway.start()
            let (backend, alice) = try await (first.backendToken(), first.token("alice"))
            let stream = try await first.open(alice)
            _ = try await first.publish(Self.event("1"), token: backend)
            let id = try #require(try await stream.events(1).first?.id)
            try await first.stop()
            let second = try await Gateway.start(ports: [first.port, first.adminPort])
            let resumed = try await second.open(alice, "--header", "Last-Event-ID: \(id)")
            let gap = try #require(try await resumed.events(1).first)
            #expect(gap.event == "sluice.gap")
            #expect(gap.data?.contains(#""reason":"epoch""#) == true)
            try await second.stop()
        }

        // MARK: Files that can't be used

        /// A start on a file that can't be used, and what it says.
        ///
        /// - Parameter code: what it ends with: 78 where somebody has to change something first.
        private static func refusal(
            _ workspace: Workspace, path: String = "events.db", code: Int32 = 78
        ) async throws -> String {
            let certificates = try await Certificates.shared()
            let ports = try freePorts(2)
            let file = try workspace.write(
                Gateway.standing(certificates, ports: ports)
                    .overridden(by: ["log.kind": "sqlite", "log.path": workspace.path(path)]).yaml, to: "sluice.yaml")
            let child = try Child(Package.program(), ["serve", "--config", file], in: workspace)
            #expect(try await child.ended(within: .seconds(10)) == code, "\(child.transcript)")
            #expect(child.errors.contains("log.path") && child.errors.contains(path), "\(child.errors)")
            #expect(child.errors.contains("sluice.yaml:"), "the place of the setting: \(child.errors)")
            return child.errors
        }

        /// A log with events, closed.
        private static func filled() async throws -> Workspace {
            let workspace = try Workspace()
            let gateway = try await Gateway.start(Self.settings(workspace))
            let backend = try await gateway.backendToken()
            let lines = (1...500).map { Self.event("\($0)" + String(repeating: "x", count: 200)) + "\n" }.joined()
            let batch = try workspace.write(lines, to: "batch")
            #expect(try await gateway.publish("@" + batch, token: backend, type: "application/x-ndjson").status == 200)
            try await gateway.stop()
            return workspace
        }

        @Test func aFileOfSomethingElse() async throws {
            let workspace = try Workspace()
            try workspace.write(String(repeating: "This is a letter to my aunt. ", count: 100), to: "events.db")
            let said = try await Self.refusal(workspace)
            #expect(said.contains("not"), "\(said)")
        }

        @Test func aFileWithDamageInTheMiddle() async throws {
            let workspace = try await Self.filled()
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: workspace.path("events.db")))
            try handle.seek(toOffset: 8192)
            try handle.write(contentsOf: Data(repeating: 0xaa, count: 16384))
            try handle.close()
            let said = try await Self.refusal(workspace)
            #expect(said.contains("damaged") || said.contains("corrupt"), "\(said)")
        }

        @Test func aFileThatWasCutOff() async throws {
            let workspace = try await Self.filled()
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: workspace.path("events.db")))
            try handle.truncate(atOffset: 20000)
            try handle.close()
            let said = try await Self.refusal(workspace)
            #expect(said.contains("damaged") || said.contains("corrupt"), "\(said)")
        }

        @Test func aFileOfANewerVersion() async throws {
            let workspace = try await Self.filled()
            // The version that SQLite keeps for the application: four bytes at 60 (SQLite file format, section 1.3).
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: workspace.path("events.db")))
            try handle.seek(toOffset: 60)
            try handle.write(contentsOf: Data([0, 0, 0, 99]))
            try handle.close()
            let said = try await Self.refusal(workspace)
            #expect(said.contains("newer") && said.contains("99"), "\(said)")
        }

        @Test func aFolderThatIsNotThere() async throws {
            let said = try await Self.refusal(Workspace(), path: "nowhere/events.db")
            #expect(said.contains("folder") || said.contains("directory"), "\(said)")
        }

        @Test func aFileThatAnotherGatewayHasOpen() async throws {
            let workspace = try Workspace()
            let gateway = try await Gateway.start(Self.settings(workspace))
            // It passes by itself: a service manager tries again.
            let said = try await Self.refusal(workspace, code: 1)
            #expect(said.contains("another"), "\(said)")
            try await gateway.stop()
        }

        // MARK: A full disk

        @Test func aFullDiskIsToldToPublishersAndStreamsGoOn() async throws {
            let workspace = try Workspace()
            let disk = try await SmallDisk(workspace, megabytes: 2)
            let gateway = try await Gateway.start(
                ["log.kind": "sqlite", "log.path": disk.path("events.db"), "stream.heartbeat": "200ms"])
            let (backend, alice) = try await (gateway.backendToken(), gateway.token("alice"))
            let stream = try await gateway.open(alice)
            let event = try workspace.write(Self.event(String(repeating: "x", count: 30_000)), to: "event")
            var answer = try await gateway.publish("@" + event, token: backend)
            var taken = 0
            while answer.status == 200, taken < 200 {
                taken += 1
                answer = try await gateway.publish("@" + event, token: backend)
            }
            #expect(answer.status == 503)
            #expect(answer.body.contains("log-full"), "\(answer.body)")
            #expect(answer["retry-after"] != nil)
            #expect(try await gateway.admin("/livez").status == 200)
            #expect(try await stream.events(taken).count == taken, "what was taken is delivered")
            let comments = stream.comments
            try await eventually("heartbeats go on") { stream.comments > comments }

            try disk.makeRoom()
            try await eventually("it recovers by itself", otherwise: { gateway.child.transcript }) {
                try await gateway.publish(Self.event("at last"), token: backend).status == 200
            }
            try await eventually("delivery goes on") { stream.data.last == "at last" }
            stream.close()
            try await gateway.stop()
        }
    }
}
