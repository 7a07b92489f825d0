// Promise: whatever a client asks for in its handshake, it is served, or refused in the handshake.

import Testing

extension Outside {
    @Suite struct ExtensionTests {
        /// What `openssl s_client` can ask OpenSSL's server for, one thing each.
        private static let served: [[String]] = [
            ["-maxfraglen", "512"], ["-maxfraglen", "1024"], ["-maxfraglen", "2048"], ["-maxfraglen", "4096"],
            ["-status"], ["-enable_pha"], ["-noservername"], ["-servername", "unknown.example"],
            ["-alpn", "http/1.1"], ["-record_padding", "512"], ["-max_send_frag", "512"], ["-no_ticket"],
            ["-allow_no_dhe_kex"], ["-groups", "X25519"], ["-groups", "P-256"], ["-groups", "P-384"],
            ["-groups", "P-521:P-256"], ["-groups", "ffdhe2048:X25519"],
            ["-sigalgs", "ecdsa_secp256r1_sha256"], ["-sigalgs", "RSA-PSS+SHA256:ECDSA+SHA256"],
            ["-ciphersuites", "TLS_AES_128_GCM_SHA256"], ["-ciphersuites", "TLS_AES_256_GCM_SHA384"],
            ["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], ["-tls1_2"], ["-tls1_2", "-maxfraglen", "512"],
        ]

        /// What we do not speak: groups and signatures that no certificate or setting of ours has.
        private static let refused: [[String]] = [
            ["-groups", "P-521"], ["-groups", "ffdhe2048"], ["-groups", "X448"], ["-sigalgs", "ed25519"],
            ["-alpn", "spdy/3"],
        ]

        private static func ask(_ gateway: Gateway, _ options: [String]) async throws -> String {
            let input = try gateway.workspace.write(
                "GET /v1/sluice.js HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", to: "request")
            let version = options.first == "-tls1_2" ? [] : ["-tls1_3"]
            let client = try Child(
                "openssl",
                [
                    "s_client", "-connect", "localhost:\(gateway.port)", "-CAfile", gateway.certificates.authority,
                    "-quiet",
                ]
                    + version + options, input: input, in: gateway.workspace)
            _ = try await client.ended()
            return client.output
        }

        @Test func whatAClientAsksForIsServed() async throws {
            try await Gateway.run { gateway in
                let whole = try await gateway.request("/v1/sluice.js").body
                try #require(whole.utf8.count > 16_384, "more than one record")
                for options in Self.served {
                    let answer = try await Self.ask(gateway, options)
                    #expect(
                        answer.hasPrefix("HTTP/1.1 200") && answer.hasSuffix(whole), "\(options): \(answer.prefix(200))"
                    )
                }
            }
        }

        @Test func whatWeDoNotSpeakIsRefusedInTheHandshake() async throws {
            try await Gateway.run { gateway in
                for options in Self.refused {
                    #expect(try await Self.ask(gateway, options).isEmpty, "\(options)")
                }
                let failures = try await gateway.metrics().sum("sluice_tls_handshakes_total", where: "result=\"peer\"")
                #expect(failures == Double(Self.refused.count))
            }
        }
    }
}
