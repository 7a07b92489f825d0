// Promise: where it is asked for, an event says which request brought it, live and from the log; and nobody is told
// where it is not.

import Foundation
import Testing

extension Outside {
    @Suite struct RequestFieldTests {
        private static let frame = "\nevent: comment\nrequest: order-17\ndata: x\n\n"

        private static func publish(_ gateway: Gateway) async throws {
            let answer = try await gateway.request(
                "/v1/publish", "--header", "Content-Type: application/json", "--header", "X-Request-Id: order-17",
                "--data-binary", #"{"to":{"user":"alice"},"event":"comment","data":"x"}"#,
                token: gateway.backendToken())
            #expect(answer.status == 200, "\(answer.body)")
        }

        @Test func anEventSaysItLiveAndFromTheLog() async throws {
            let workspace = try Workspace()
            let settings: Settings = [
                "stream.request_field": "true", "log.kind": "sqlite", "log.path": workspace.path("events.db"),
            ]
            var id = ""
            try await Gateway.run(settings) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                try await Self.publish(gateway)
                try await eventually("the event") { stream.child.output.contains(Self.frame) }
                // A client by the HTML standard gets the event that it would get without the field.
                let event = try #require(stream.events.last)
                #expect(event.data == "x" && event.event == "comment")
                id = try #require(event.id)
                stream.close()
            }
            // The log alone knows of it now.
            try await Gateway.run(settings) { gateway in
                let before = try #require(id.split(separator: "-").first) + "-0"
                let stream = try await gateway.open(
                    gateway.token("alice"), query: "", at: nil, "--header", "Last-Event-ID: \(before)")
                try await eventually("the event from the log") { stream.child.output.contains(Self.frame) }
                #expect(stream.events.last?.id == id)
                stream.close()
            }
        }

        @Test func withoutItNoEventSaysIt() async throws {
            try await Gateway.run { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                try await Self.publish(gateway)
                try await eventually("the event") { stream.child.output.contains("data: x") }
                #expect(!stream.child.output.contains("request:"))
                stream.close()
            }
        }
    }
}
