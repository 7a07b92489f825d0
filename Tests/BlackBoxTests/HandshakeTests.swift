// Promise: TLS 1.2 and 1.3 and nothing older, with every client, and Mozilla's "intermediate" configuration.

import Testing

extension Outside {
    @Suite struct HandshakeTests {
        @Test func pythonShakesHandsWith12And13Only() async throws {
            try await Gateway.run { gateway in
                let tried = try await gateway.client("handshakes.py")
                try #require(tried.count == 4)
                for (line, version) in zip(tried.suffix(2), ["TLSv1.2", "TLSv1.3"]) {
                    #expect(line.text("version") == version)
                    #expect(line.text("protocol") == "http/1.1")
                }
                for line in tried.prefix(2) {
                    // The alert shows that it was the gateway that refused (RFC 8446 section 6.2).
                    #expect(line.text("error") == "TLSV1_ALERT_PROTOCOL_VERSION", "\(line.text("offered") ?? "")")
                }
                let failures = try await gateway.metrics().sum("sluice_tls_handshakes_total", where: "result=\"peer\"")
                #expect(failures == 2)
            }
        }

        @Test func curlShakesHandsWith12And13Only() async throws {
            try await Gateway.run { gateway in
                for version in ["1.2", "1.3"] {
                    let answer = try await gateway.request("/nowhere", "--tlsv\(version)", "--tls-max", version)
                    #expect(answer.status == 404)
                }
                let old = try Child(
                    "curl",
                    [
                        "--silent", "--show-error", "--cacert", gateway.certificates.authority, "--tlsv1.0",
                        "--tls-max",
                        "1.1", "--ciphers", "DEFAULT:@SECLEVEL=0", gateway.url,
                    ], in: gateway.workspace)
                #expect(try await old.ended() == 35)
            }
        }

        @Test func theOpenSSLCommandShakesHandsWith12And13Only() async throws {
            try await Gateway.run { gateway in
                for (version, isAccepted) in [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
                    let client = try Child(
                        "openssl",
                        [
                            "s_client", "-connect", "localhost:\(gateway.port)", "-servername", "localhost", version,
                            "-CAfile", gateway.certificates.authority, "-verify_return_error", "-alpn", "http/1.1",
                            "-cipher", "DEFAULT:@SECLEVEL=0",
                        ], in: gateway.workspace)
                    let code = try await client.ended()
                    #expect((code == 0) == isAccepted, "\(version): \(client.transcript)")
                    if isAccepted { #expect(client.output.contains("ALPN protocol: http/1.1")) }
                }
            }
        }

        @Test func theOperatorCanAskFor13() async throws {
            try await Gateway.run(["tls.minimum_version": "1.3"]) { gateway in
                let versions = try await gateway.client("handshakes.py").compactMap { $0.text("version") }
                #expect(versions == ["TLSv1.3"])
            }
        }

        @Test func aResumedSessionIsServed() async throws {
            try await Gateway.run { gateway in
                let session = gateway.workspace.path("session")
                let standing = [
                    "s_client", "-connect", "localhost:\(gateway.port)", "-servername", "localhost", "-CAfile",
                    gateway.certificates.authority, "-ign_eof",
                ]
                let request = try gateway.workspace.write(
                    "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", to: "request")
                try await Child(
                    "openssl", standing + ["-sess_out", session], input: request, in: gateway.workspace
                ).succeeded()
                let again = try await Child(
                    "openssl", standing + ["-sess_in", session], input: request, in: gateway.workspace
                ).succeeded()
                #expect(again.contains("Reused, TLSv1.3"))
                #expect(again.contains("404"))
            }
        }

        @Test(arguments: ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"])
        func aClientMayChangeItsKeysWithEverySuite(suite: String) async throws {
            try await Gateway.run { gateway in
                // `K` at a line's start has s_client change its key and ask for ours (RFC 8446 section 4.6.3). It looks
                // at the start of what one read gives it: hence the pauses.
                let script = #"""
                    { printf 'K\n'; sleep 0.5; printf 'GET /first HTTP/1.1\r\nHost: localhost\r\n\r\n'; sleep 0.5
                      printf 'K\n'; sleep 0.5; printf 'GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
                      sleep 1; } | openssl s_client -connect "localhost:$1" -servername localhost -CAfile "$2" \
                        -verify_return_error -ciphersuites "$3" -alpn http/1.1
                    """#
                let client = try Child(
                    "sh", ["-c", script, "sh", "\(gateway.port)", gateway.certificates.authority, suite],
                    in: gateway.workspace)
                let said = try await client.succeeded()
                #expect(client.transcript.contains("KEYUPDATE"))
                #expect(said.contains(suite))
                #expect(said.matches(of: /HTTP\/1\.1 404/).count == 2, "\(client.transcript)")
            }
        }

        @Test func sslyzeFindsMozillasIntermediateConfiguration() async throws {
            try await Gateway.run { gateway in
                let sslyze = try Child(
                    Package.path(".venv/bin/sslyze"),
                    [
                        "--mozilla_config=intermediate", "--certinfo_ca_file", gateway.certificates.authority,
                        "localhost:\(gateway.port)",
                    ], in: gateway.workspace)
                let code = try await sslyze.ended(within: .seconds(150))
                #expect(code == 0, "\(sslyze.output.suffix(2000))")
                #expect(sslyze.output.contains("OK - Compliant"), "\(sslyze.output.suffix(2000))")
            }
        }
    }
}
