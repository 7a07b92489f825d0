import NIOCore
import NIOHTTP1
import Testing

@testable import GatewayClient

/// What a probe notes: the head, the bytes, and when they came; and what a handshake came to.
@Suite(.timeLimit(.minutes(10))) struct GatewayProbeTests {
    typealias Answer = ScriptedGateway.Answer

    private func probe(_ gateway: ScriptedGateway, timeout: Duration = .seconds(10)) -> GatewayProbe {
        GatewayProbe(connector: gateway.plainConnector, timeout: timeout)
    }

    @Test func `an answer is noted whole`() async throws {
        let script = [
            Answer(
                status: .forbidden, headers: ["X-One": "1", "x-two": "a", "X-Two": "b"],
                body: #"{"code":"no","detail":"because\u001b[1m"}"#)
        ]
        let gateway = try await ScriptedGateway(script: script)
        let request = ProbeRequest(
            "POST", "/v1/session", fields: [ProbeField("Origin", "https://a.example")], token: try BearerToken("abc"))
        let answer = try await probe(gateway).ask(request)
        #expect(answer.status == 403 && answer.isComplete)
        #expect(answer.values("x-one") == ["1"] && answer.values("X-TWO") == ["a", "b"])
        #expect(answer.problem?.code == "no")
        #expect(answer.problem?.detail == "because [1m", "what comes from elsewhere does not steer the terminal")
        let head = try #require(gateway.requests.first?.head)
        #expect(head.method == .POST && head.uri == "/v1/session")
        #expect(head.headers["Origin"] == ["https://a.example"] && head.headers["Authorization"] == ["Bearer abc"])
        #expect(head.headers["Host"] == [gateway.url.authority])
        try await gateway.close()
    }

    @Test func `an error page has no problem`() async throws {
        let gateway = try await ScriptedGateway(script: [Answer(status: .badGateway, body: "<html>")])
        #expect(try await probe(gateway).ask(ProbeRequest("GET", "/")).problem == nil)
        try await gateway.close()
    }

    @Test func `what was waited for ends the watch`() async throws {
        let gateway = try await ScriptedGateway(script: [Answer(body: "retry: 1\n\n:\n\n", ending: .open)])
        let answer = try #require(
            try await probe(gateway).watch(
                ProbeRequest("GET", "/v1/stream"), firstBytes: .seconds(30), whole: .seconds(30),
                until: { $0.contains(":\n") }))
        #expect(answer.body == "retry: 1\n\n:\n\n")
        let (body, awaited) = try (#require(answer.bodyAfter), #require(answer.awaitedAfter))
        #expect(answer.headAfter <= body && body <= awaited && awaited < .seconds(30))
        #expect(!answer.isComplete)
        try await gateway.close()
    }

    @Test func `time ends a watch too`() async throws {
        let gateway = try await ScriptedGateway(script: [
            Answer(body: "x", ending: .open), Answer(body: "", ending: .open),
        ])
        for hasBody in [true, false] {
            // Long enough for an answer's head to come beside all other tests.
            let answer = try #require(
                try await probe(gateway).watch(
                    ProbeRequest("GET", "/v1/stream"), firstBytes: .seconds(5), whole: .seconds(5),
                    until: { _ in false }))
            #expect((answer.bodyAfter != nil) == hasBody)
            #expect(answer.awaitedAfter == nil && !answer.isComplete)
        }
        try await gateway.close()
    }

    @Test func `a stream that is cut is noted as far as it came`() async throws {
        let gateway = try await ScriptedGateway(script: [Answer(body: "x", ending: .cut), Answer(ending: .none)])
        let answer = try await probe(gateway).watch(
            ProbeRequest("GET", "/v1/stream"), firstBytes: .seconds(30), whole: .seconds(30), until: { _ in false })
        #expect(answer?.status == 200)
        let error = await #expect(throws: GatewayClientError.self) {
            try await probe(gateway).ask(ProbeRequest("GET", "/v1/stream"))
        }
        #expect(error?.code == .connectionClosed)
        try await gateway.close()
    }

    @Test func `nobody at home`() async throws {
        let gateway = try await ScriptedGateway(script: [])
        try await gateway.close()
        let error = await #expect(throws: GatewayClientError.self) {
            try await probe(gateway).ask(ProbeRequest("GET", "/v1/stream"))
        }
        #expect(error?.code == .network)
    }

    // MARK: The handshake

    private func handshake(trusting: String? = nil, names: String) async throws -> HandshakeOutcome {
        let certificate = try TestCertificate(names: names)
        let gateway = try await ScriptedGateway(
            script: [], host: "localhost", addSecurity: try certificate.serverSecurity())
        let probe = try GatewayProbe(url: gateway.url, certificateAuthorities: trusting ?? certificate.certificate)
        let outcome = await probe.handshake()
        try await gateway.close()
        return outcome
    }

    @Test func `a handshake's facts`() async throws {
        guard case .agreed(let facts) = try await handshake(names: "DNS:localhost,IP:127.0.0.1") else {
            Issue.record("no handshake")
            return
        }
        #expect(facts.applicationProtocol == "http/1.1")
        #expect(facts.hostNames == ["localhost", "127.0.0.1"])
        #expect(facts.notAfter > 1_763_769_600)
    }

    @Test func `a certificate's trouble is told`() async throws {
        guard case .refused(.otherName) = try await handshake(names: "DNS:other.example") else {
            Issue.record("a certificate for another name went unnoticed")
            return
        }
        let foreign = try TestCertificate(names: "DNS:localhost").certificate
        guard case .refused(.untrusted) = try await handshake(trusting: foreign, names: "DNS:localhost") else {
            Issue.record("a foreign certificate went unnoticed")
            return
        }
    }

    @Test(arguments: [
        ("the peer's certificate is refused: hostname mismatch: x", CertificateTrouble.otherName),
        ("… IP address mismatch", .otherName), ("… certificate has expired", .expired),
        ("… certificate is not yet valid", .notYetValid), ("… self-signed certificate", .untrusted),
        ("… unable to get local issuer certificate", .untrusted),
        ("… unable to verify the first certificate", .untrusted), ("odd", .other("odd")),
    ])
    func `the verdict is told from OpenSSL's words`(_ message: String, _ trouble: CertificateTrouble) {
        #expect(CertificateTrouble(message: message) == trouble)
    }

    @Test func `a port without TLS`() async throws {
        let gateway = try await ScriptedGateway(script: [], host: "localhost")
        let certificate = try TestCertificate(names: "DNS:localhost").certificate
        let outcome = await (try GatewayProbe(url: gateway.url, certificateAuthorities: certificate)).handshake()
        guard case .failed = outcome else {
            Issue.record("no TLS went unnoticed")
            return
        }
        try await gateway.close()
    }
}
