// Promise: `sluice listen` prints events as they come, and comes back by itself when the gateway does.

import Foundation
import Testing

extension Outside {
    @Suite struct ListenTests {
        private static func listen(_ gateway: Gateway, _ token: String, _ more: String...) throws -> Child {
            let file = try gateway.workspace.write(token + "\n", to: "token-\(UUID().uuidString)")
            let arguments = [
                "listen", "--url", gateway.url, "--ca", gateway.certificates.authority, "--token-file", file,
            ]
            return try Child(Package.program(), arguments + more, in: gateway.workspace)
        }

        @Test func eventsArePrintedAsTheyCome() async throws {
            try await Gateway.run { gateway in
                let token = try await gateway.token("alice", "--subscribe", "news")
                let listener = try Self.listen(gateway, token, "--topic", "news")
                try await gateway.metric("sluice_streams", reaches: 1)
                let backend = try await gateway.backendToken()
                _ = try await gateway.publish(
                    #"{"to":{"user":"alice"},"event":"comment","data":"hello\nalice"}"#, token: backend)
                _ = try await gateway.publish(#"{"to":{"topic":"news"},"data":"news"}"#, token: backend)
                let events = try await eventually("two events", otherwise: { listener.transcript }) {
                    let events = Subscription.events(in: listener.output)
                    return events.count >= 2 ? events : nil
                }
                #expect(events.map(\.data) == ["hello\nalice", "news"])
                #expect(events[0].event == "comment")
                listener.send(SIGINT)
                #expect([0, 130, -SIGINT].contains(try await listener.ended()))
            }
        }

        @Test func itComesBackAfterTheGatewayWasRestarted() async throws {
            let settings: Settings = ["stream.retry": "200ms", "shutdown.drain": "1s"]
            let first = try await Gateway.start(settings)
            let listener = try await Self.listen(first, first.token("alice"))
            try await first.metric("sluice_streams", reaches: 1)
            _ = try await first.publish(#"{"to":{"user":"alice"},"data":"before"}"#, token: first.backendToken())
            try await eventually("the first event") { listener.output.contains("before") }
            try await first.stop()

            let second = try await Gateway.start(settings, ports: [first.port, first.adminPort])
            try await second.metric("sluice_streams", reaches: 1)
            _ = try await second.publish(#"{"to":{"user":"alice"},"data":"after"}"#, token: second.backendToken())
            try await eventually("the second event", otherwise: { listener.transcript }) {
                listener.output.contains("after")
            }
            listener.end()
            try await second.backToBaseline()
            try await second.stop()
        }

        @Test func anEventThatIsLargerThanMostIsTaken() async throws {
            let settings: Settings = [
                "limits.event": "2MiB", "limits.request_body": "3MiB", "stream.buffer": "4MiB",
            ]
            try await Gateway.run(settings) { gateway in
                let token = try await gateway.token("alice")
                let listener = try Child(
                    Package.program(), ["listen", "--count", "1"],
                    environment: [
                        "SLUICE_URL": gateway.url, "SLUICE_CA": gateway.certificates.authority, "SLUICE_TOKEN": token,
                    ], in: gateway.workspace)
                try await gateway.metric("sluice_streams", reaches: 1)
                let count = 2 << 20
                let body = #"{"to":{"user":"alice"},"data":""# + String(repeating: "x", count: count) + #""}"#
                let file = try gateway.workspace.write(body, to: "largest")
                _ = try await gateway.publish("@" + file, token: gateway.backendToken())
                let output = try await listener.succeeded()
                #expect(output.utf8.count > count)
            }
        }

        @Test func aRefusalEndsItWithTheReason() async throws {
            try await Gateway.run { gateway in
                let listener = try Self.listen(gateway, "nonsense")
                #expect(try await listener.ended() > 0)
                #expect(
                    listener.errors.contains("token-malformed") || listener.errors.contains("401"), "\(listener.errors)"
                )
                #expect(!listener.errors.contains("nonsense"), "it repeats the token")
            }
        }

        @Test func aServerThatItCannotTrustEndsItWithTheReason() async throws {
            try await Gateway.run { gateway in
                let other = try Workspace()
                let script = Package.path("certs/make-certs.sh")
                try await Child(script, ["--dir", other.folder.path], in: other).succeeded()
                let listener = try await Child(
                    Package.program(),
                    ["listen", "--url", gateway.url, "--ca", other.path("ca.pem"), "--token", gateway.token("alice")],
                    in: other)
                #expect(try await listener.ended() > 0)
                #expect(listener.errors.contains("--ca"), "the remedy is another --ca: \(listener.errors)")
            }
        }
    }
}
