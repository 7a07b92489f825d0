// Rules between settings: conflicts that stop the gateway, and warnings that do not.

import Testing

@testable import GatewayServer

@Suite struct ConfigurationRuleTests {
    @Test func certificatesAndKeysArePairs() throws {
        let said = try complaints("tls:\n  certificate: [a.pem, b.pem]\n  key: a.key\nauth:\n  keys: k\n")
        #expect(
            said == [
                "sluice.yaml:3: tls.key: names 1, but tls.certificate names 2; name one key for each certificate, in the "
                    + "same order"
            ])
    }

    @Test func thereIsACertificate() throws {
        let said = try complaints("tls:\n  certificate: []\n  key: []\nauth:\n  keys: k\n")
        #expect(said == ["sluice.yaml:2: tls.certificate: is an empty list; name at least one certificate"])
    }

    @Test(arguments: [
        ("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "::"), ("::", "127.0.0.1"),
    ]) func listenersShareNoPort(_ listen: String, _ admin: String) throws {
        let flags = ["--listen-address", listen, "--admin-address", admin, "--listen-port=8444"]
        #expect(
            try complaints(flags: flags) == [
                "--listen-port: admin.port: is 8444, which listen.port is too; give each listener a port of its own"
            ])
    }

    @Test(arguments: [("127.0.0.1", "127.0.0.2", "8444"), ("127.0.0.1", "127.0.0.1", "0")])
    func portsMayBeEqualElsewhere(_ listen: String, _ admin: String, _ port: String) throws {
        let flags = [
            "--listen-address", listen, "--admin-address", admin, "--listen-port", port, "--admin-port", port,
        ]
        #expect(try complaints(flags: flags) == [])
    }

    @Test(arguments: ["optional", "required"]) func clientCertificatesNeedAnAuthority(_ word: String) throws {
        let variable = ["SLUICE_PUBLISH_CLIENT_CERTIFICATE": word]
        #expect(
            try complaints(environment: variable) == [
                "SLUICE_PUBLISH_CLIENT_CERTIFICATE: publish.client_certificate: asks for client certificates, but no "
                    + "authority for them is named; set tls.client_ca, or publish.client_certificate to none"
            ])
        #expect(try complaints(environment: variable, flags: ["--tls-client-ca=ca.pem"]) == [])
    }

    static let sizes: [([String], String)] = [
        (
            ["--stream-buffer=32KiB"],
            "--stream-buffer: stream.buffer: is 32KiB, but limits.event is 64KiB: such an event could wait for no stream; "
                + "raise stream.buffer, or lower limits.event"
        ),
        (
            ["--limits-event=128KiB"],
            "--limits-event: stream.buffer: is 64KiB, but limits.event is 128KiB: such an event could wait for no stream; "
                + "raise stream.buffer, or lower limits.event"
        ),
        (
            [
                "--log-retention-bytes=1MiB", "--limits-event=2MiB", "--stream-buffer=2MiB",
                "--limits-request-body=4MiB",
            ],
            "--log-retention-bytes: log.retention.bytes: is 1MiB, but limits.event is 2MiB: such an event could not be "
                + "kept; raise log.retention.bytes, or lower limits.event"
        ),
        (
            ["--auth-token-bytes=32KiB"],
            "--auth-token-bytes: limits.request_head: is 16KiB, but auth.token_bytes is 32KiB: such a token could not "
                + "arrive; raise limits.request_head, or lower auth.token_bytes"
        ),
    ]

    @Test(arguments: sizes) func sizesFitIntoEachOther(_ flags: [String], _ complaint: String) throws {
        #expect(try complaints(flags: flags) == [complaint])
    }

    @Test func aWrongValueBreaksNoRuleAsWell() throws {
        #expect(try complaints(flags: ["--stream-buffer=x", "--limits-event=128KiB"]).count == 1)
    }

    static let warnings: [([String], String)] = [
        (
            ["--listen-proxy-protocol-from=10.0.0.5,0.0.0.0/0"],
            "listen.proxy_protocol.from has 0.0.0.0/0, so that everybody"
        ),
        (["--listen-forwarded-from=::/0"], "listen.forwarded.from has ::/0, so that everybody"),
        ([], "cors.origins is empty"),
        (["--admin-address=0.0.0.0"], "admin.address 0.0.0.0 is reachable from other machines"),
        (["--admin-address=::"], "admin.address :: is reachable from other machines"),
        (["--tls-client-ca=ca.pem"], "tls.client_ca is set but no client certificate is asked for"),
        (["--auth-query-token"], "auth.query_token lets tokens stand in URLs"),
        (["--cors-origins=https://a.example,http://localhost:3000"], "cors.origins has http://localhost:3000, which"),
        (["--limits-request-body=1934007"], "limits.request_body is below the 1934008 bytes that an event"),
        (["--limits-event=1MiB", "--stream-buffer=1MiB"], "limits.request_body is below the 7832248"),
        (["--limits-users-per-event=2000"], "limits.request_body is below the 3473008"),
    ]

    @Test(arguments: warnings) func warned(_ flags: [String], _ start: String) throws {
        #expect(try load(flags: flags).warnings.contains { $0.hasPrefix(start) })
    }

    @Test(arguments: ["127.0.0.1", "127.9.9.9", "::1"]) func nothingToWarnOf(_ admin: String) throws {
        let flags = [
            "--admin-address", admin, "--cors-origins", "https://app.example.com", "--limits-request-body=1934008",
        ]
        #expect(try load(flags: flags).warnings == [])
    }

    @Test func aPageOverHTTPIsAMatterOfTheCookieAlone() throws {
        let flags = ["--cors-origins", "http://localhost:3000", "--session-same-site", "none"]
        #expect(try load(flags: flags).warnings == [])
    }
}
