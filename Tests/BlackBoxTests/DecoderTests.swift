// Promise: what decoders that people use call an event is an event that was published, however long the stream is
// silent.

import Foundation
import Testing

extension Outside {
    @Suite struct DecoderTests {
        private static let python = ["httpx-sse", "openai", "sseclient-py", "sseclient", "requests-sse"]
        private static let javascript = ["eventsource", "fetch-event-source", "blocks"]

        private static func start(_ decoder: String, _ gateway: Gateway, token: String) throws -> Child {
            let arguments = ["--token", token, "--decoder", decoder, "--until", "last"]
            guard javascript.contains(decoder) else { return try gateway.startClient("read_decoders.py", arguments) }
            return try Child(
                "node", [Package.client("read_decoders.mjs"), "--url", gateway.url + "/v1/stream"] + arguments,
                environment: ["NODE_EXTRA_CA_CERTS": gateway.certificates.authority], in: gateway.workspace)
        }

        @Test func decodersSeeWhatWasPublishedAndNothingElse() async throws {
            try await Gateway.run(["stream.heartbeat": "500ms"]) { gateway in
                let (alice, backend) = try await (gateway.token("alice"), gateway.backendToken())
                let readers = try (Self.python + Self.javascript).map { decoder in
                    (decoder, try Self.start(decoder, gateway, token: alice))
                }
                try await gateway.metric("sluice_streams", reaches: Double(readers.count))
                let clock = try await gateway.open(alice)
                for data in ["first", #"two\nlines"#, "last"] {
                    let before = clock.comments
                    try await eventually("two heartbeats") { clock.comments >= before + 2 }
                    let body = #"{"to":{"user":"alice"},"event":"comment","data":"\#(data)"}"#
                    #expect(try await gateway.publish(body, token: backend).status == 200)
                }
                clock.close()
                for (decoder, reader) in readers {
                    let seen = JSONLine.all(in: try await reader.succeeded())
                    #expect(
                        seen.map { $0.text("event") } == ["sluice.open", "comment", "comment", "comment"], "\(decoder)")
                    #expect(seen.dropFirst().map { $0.text("data") } == ["first", "two\nlines", "last"], "\(decoder)")
                }
            }
        }
    }
}
