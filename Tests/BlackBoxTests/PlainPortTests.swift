// Promise: who speaks no TLS to the TLS port is told so in one sentence, once, and gets to read it.

import Foundation
import Testing

extension Outside {
    @Suite struct PlainPortTests {
        private static func plain(_ gateway: Gateway, _ arguments: String...) async throws -> Child {
            let curl = try Child(
                "curl",
                ["--silent", "--show-error", "--max-time", "5", "--include"] + arguments
                    + ["http://localhost:\(gateway.port)/v1/publish"], in: gateway.workspace)
            _ = try await curl.ended()
            return curl
        }

        @Test func aPlainRequestIsToldThatThisPortSpeaksHTTPS() async throws {
            try await Gateway.run { gateway in
                let get = try await Self.plain(gateway)
                #expect(get.output.hasPrefix("HTTP/1.1 400"), "\(get.transcript)")
                #expect(get.output.hasSuffix("\r\n\r\nThis port speaks HTTPS.\n"))
                let refusals = try await gateway.metrics().sum("sluice_refusals_total", where: "reason=\"plain-http\"")
                #expect(refusals == 1)
                let handshakes = try await gateway.metrics().sum(
                    "sluice_tls_handshakes_total", where: "result=\"peer\"")
                #expect(handshakes == 1)
            }
        }

        /// What a client still sends when the answer is under way must not reset it away.
        @Test func aLargeBodyHidesNoAnswer() async throws {
            try await Gateway.run { gateway in
                let body = try gateway.workspace.write(String(repeating: "x", count: 1 << 20), to: "body")
                for _ in 0..<5 {
                    let post = try await Self.plain(gateway, "--data-binary", "@\(body)", "--header", "Expect:")
                    #expect(post.output.contains("This port speaks HTTPS."), "\(post.transcript)")
                }
            }
        }

        @Test func hTTP2WithoutTLSIsToldInItsOwnWords() async throws {
            try await Gateway.run { gateway in
                let curl = try await Self.plain(gateway, "--http2-prior-knowledge", "--verbose")
                // INADEQUATE_SECURITY
                #expect(curl.errors.contains("error=12"), "\(curl.transcript)")
            }
        }

        /// Bytes by a shell, as `nc` would send them: the PROXY protocol, an SSLv2 hello, another protocol's greeting.
        @Test(arguments: [
            (#"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n"#, "proxy-protocol"), (#"\200\056\001\000\002\000\025"#, ""),
            (#"SSH-2.0-OpenSSH_9.6\r\n"#, ""),
        ])
        func whatElseSpeaksNoTLSIsClosed(bytes: String, reason: String) async throws {
            try await Gateway.run(["tls.handshake_timeout": "2s"]) { gateway in
                let script = "exec 3<>/dev/tcp/127.0.0.1/\(gateway.port); printf '\(bytes)' >&3; cat <&3"
                let client = try Child("bash", ["-c", script], in: gateway.workspace)
                _ = try await client.ended()
                #expect(client.output.utf8.count < 32, "at most an alert")
                let failures = try await gateway.metrics().sum("sluice_tls_handshakes_total", where: "result=\"peer\"")
                #expect(failures == 1)
                let refusals = try await gateway.metrics().sum(
                    "sluice_refusals_total", where: "reason=\"proxy-protocol\"")
                #expect(refusals == (reason.isEmpty ? 0 : 1))
                let log = gateway.child.output + gateway.child.errors
                #expect(log.contains("PROXY protocol") != reason.isEmpty)
            }
        }
    }
}
