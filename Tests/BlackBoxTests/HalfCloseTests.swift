// Promise: a client that closes its side of the connection behind its request gets its answer.

import Testing

extension Outside {
    @Suite struct HalfCloseTests {
        @Test(arguments: ["memory", "sqlite"])
        func aPublisherThatClosesItsSideIsAnswered(log: String) async throws {
            let workspace = try Workspace()
            let settings: Settings = log == "sqlite" ? ["log.kind": log, "log.path": workspace.path("log")] : [:]
            try await Gateway.run(settings) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let tried = try await gateway.client("half_close.py", "--token", try await gateway.backendToken())
                try #require(tried.count == 12)
                for line in tried {
                    #expect(line.number("status") == 200 && line.flag("clean"), "\(line.text("way") ?? "")")
                }
                // What is stored is acknowledged, and what is acknowledged is stored.
                try await stream.events(12)
                stream.close()
            }
        }

        @Test func aStreamEndsWhenItsClientClosesItsSide() async throws {
            try await Gateway.run { gateway in
                let input = try gateway.workspace.write(
                    "GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(try await gateway.token("a"))\r\n\r\n",
                    to: "request")
                // Without -ign_eof it says close_notify at the end of its input.
                let client = try Child(
                    "openssl",
                    [
                        "s_client", "-connect", "localhost:\(gateway.port)", "-CAfile", gateway.certificates.authority,
                        "-alpn", "http/1.1",
                    ], input: input, in: gateway.workspace)
                try await client.succeeded()
                try await eventually("no stream") { try await gateway.metrics().streams == 0 }
            }
        }
    }
}
