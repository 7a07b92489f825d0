// Promise: publishers can send one event or many, over one connection that is kept alive, as HTTP/1.1 allows.

import Foundation
import Testing

extension Outside {
    @Suite struct PublisherTests {
        private static let event = #"{"to":{"user":"alice"},"data":"x"}"#

        private static func request(_ token: String, _ more: String = "", body: String = event) -> String {
            "POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n"
                + "Content-Type: application/json\r\n\(more)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }

        @Test func manyEventsAsNDJSONAreAnsweredLineByLine() async throws {
            try await Gateway.run { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let batch = """
                    {"to":{"user":"alice"},"data":"one"}
                    {"to":{"user":"bob"},"data":"two"}
                    {"to":{"topic":"secret"},"data":"no grant"}
                    {"to":{"user":"alice"},"data":
                    {"to":{"user":"alice"},"data":"five"}

                    """
                let token = try await gateway.token("backend", "--publish", "user:*")
                let answer = try await gateway.publish(
                    "@" + gateway.workspace.write(batch, to: "batch"), token: token, type: "application/x-ndjson")
                #expect(answer.status == 200)
                #expect(answer["content-type"]?.hasPrefix("application/x-ndjson") == true)
                let lines = answer.body.split(separator: "\n")
                try #require(lines.count == 5, "\(answer.body)")
                #expect(lines[0].contains(#""streams":1"#) && lines[1].contains(#""streams":0"#))
                #expect(lines[2].contains("grant-missing") && lines[3].contains("json-invalid"))
                #expect(lines[4].contains(#""streams":1"#))
                try await stream.events(2)
                #expect(stream.data == ["one", "five"])
                stream.close()
            }
        }

        @Test func aBatchKeepsItsOrderAndHasALimit() async throws {
            try await Gateway.run(["limits.batch_events": "100"]) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let backend = try await gateway.backendToken()
                func batch(_ count: Int) throws -> String {
                    let lines = (1...count).map { #"{"to":{"user":"alice"},"data":"\#($0)"}"# + "\n" }
                    return "@" + (try gateway.workspace.write(lines.joined(), to: "batch-\(count)"))
                }
                let ok = try await gateway.publish(batch(100), token: backend, type: "application/x-ndjson")
                #expect(ok.body.split(separator: "\n").count == 100)
                try await stream.events(100)
                #expect(stream.data == (1...100).map(String.init))
                let tooMany = try await gateway.publish(batch(101), token: backend, type: "application/x-ndjson")
                #expect((tooMany.body + "\(tooMany.status)").contains("limits.batch_events"), "\(tooMany.body)")
                stream.close()
            }
        }

        @Test func aConnectionIsKeptForFurtherRequests() async throws {
            try await Gateway.run { gateway in
                let token = try await gateway.backendToken()
                let step = Conversation.Step(text: Self.request(token), until: "streams")
                let last = Conversation.Step(text: Self.request(token, "Connection: close\r\n"))
                let outcome = try await gateway.converse(Conversation("three", [step, step, last]))
                #expect(outcome.statuses == [200, 200, 200])
                #expect(outcome.isClosed, "Connection: close asks for the end of the connection")
                #expect(outcome.seconds < 3)
            }
        }

        @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
            try await Gateway.run { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let token = try await gateway.backendToken()
                let requests = (1...50).map { number in
                    Self.request(token, body: #"{"to":{"user":"alice"},"data":"\#(number)"}"#)
                }
                let bad = Self.request(token, "Connection: close\r\n", body: "{")
                let outcome = try await gateway.converse(Conversation("51 at once", requests.joined() + bad))
                #expect(outcome.statuses == Array(repeating: 200, count: 50) + [400])
                try await stream.events(50)
                #expect(stream.data == (1...50).map(String.init))
                stream.close()
            }
        }

        @Test func aClientThatExpectsContinueIsToldTo() async throws {
            try await Gateway.run { gateway in
                let request = Self.request(try await gateway.backendToken(), "Expect: 100-continue\r\n")
                let head = request.dropLast(Self.event.count)
                let steps = [
                    Conversation.Step(text: String(head), until: "100 Continue\r\n\r\n"),
                    Conversation.Step(text: Self.event, until: "streams"),
                ]
                #expect(try await gateway.converse(Conversation("continue", steps, wait: 0)).statuses == [100, 200])
            }
        }

        @Test func aBodyThatWillBeRefusedIsNotAskedFor() async throws {
            try await Gateway.run(["limits.request_body": "4KiB"]) { gateway in
                let backend = try await gateway.backendToken()
                let expect = "Expect: 100-continue\r\n"
                let tooLarge = Self.request(backend, expect, body: String(repeating: "x", count: 9000))
                for (request, status) in [(tooLarge, 413), (Self.request("nonsense", expect), 401)] {
                    let end = try #require(request.range(of: "\r\n\r\n")).upperBound
                    let outcome = try await gateway.converse(
                        Conversation("\(status)", String(request[..<end]), wait: 1))
                    #expect(outcome.statuses == [status], "\(outcome)")
                }
            }
        }

        @Test func curlPublishesFromAFileAndFromChunks() async throws {
            try await Gateway.run { gateway in
                let backend = try await gateway.backendToken()
                let file = try gateway.workspace.write(Self.event, to: "event.json")
                let plain = try await gateway.publish("@" + file, token: backend)
                let chunked = try await gateway.request(
                    "/v1/publish", "--header", "Content-Type: application/json; charset=utf-8", "--header",
                    "Transfer-Encoding: chunked", "--data-binary", "@" + file, token: backend)
                #expect(plain.status == 200 && chunked.status == 200)
            }
        }

        @Test func aPublishIsAnsweredWithItsIDAndItsStreams() async throws {
            try await Gateway.run { gateway in
                let answer = try await gateway.publish(Self.event, token: gateway.backendToken())
                #expect(answer["content-type"]?.hasPrefix("application/json") == true)
                #expect(answer["cache-control"] == "no-store")
                #expect(Set(answer.json.keys) == ["id", "streams"], "\(answer.body)")
                let metrics = try await gateway.metrics()
                #expect(metrics.sum("sluice_events_total", where: "audience=\"user\"") == 1)
            }
        }
    }
}
