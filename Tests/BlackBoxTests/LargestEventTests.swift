// Promise: an event within its limits fits into a request however it is escaped, to as many users as it may name, and a
// byte more than the limit of the request does not.

import Testing

extension Outside {
    @Suite struct LargestEventTests {
        /// Each byte as `\u0061`.
        private static func escaped(_ text: String) -> String {
            text.unicodeScalars.map { "\\u00" + String($0.value, radix: 16) }.joined()
        }

        /// As large as the defaults let it be: 64 KiB of data, 1,000 users of 256 bytes, a name of 255.
        private static let event: String = {
            let users = (0..<1000).map { "\"" + escaped(String(repeating: "u", count: 252) + "\($0 + 1000)") + "\"" }
            let name = escaped(String(repeating: "n", count: 255))
            let data = escaped(String(repeating: "d", count: 65_536))
            return #"{"to":{"users":[\#(users.joined(separator: ","))]},"event":"\#(name)","data":"\#(data)"}"#
        }()

        private static func publish(_ event: String, to gateway: Gateway) async throws -> [Int] {
            let backend = try await gateway.backendToken()
            let file = try gateway.workspace.write(event, to: "event.json")
            var statuses: [Int] = []
            for version in ["--http1.1", "--http2"] {
                statuses.append(
                    try await gateway.request("/v1/publish", version, "--json", "@" + file, token: backend).status)
            }
            return statuses
        }

        @Test func theLargestEventFitsByDefault() async throws {
            try await Gateway.run { gateway in
                let statuses = try await Self.publish(Self.event, to: gateway)
                #expect(statuses == [200, 200])
            }
        }

        @Test func itFitsIntoItsOwnSizeAndNoMore() async throws {
            try await Gateway.run(["limits.request_body": "\(Self.event.utf8.count)"]) { gateway in
                let statuses = try await Self.publish(Self.event, to: gateway)
                #expect(statuses == [200, 200])
                let beyond = try await Self.publish(Self.event + " ", to: gateway)
                #expect(beyond == [413, 413])
            }
        }
    }
}
