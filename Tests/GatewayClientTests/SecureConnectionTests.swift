import EventStream
import NIOCore
import NIOHTTP1
import Testing

@testable import GatewayClient

/// The client over real TLS: who is trusted, and that nothing is sent to anybody else.
@Suite(.timeLimit(.minutes(10))) struct SecureConnectionTests {
    typealias Answer = ScriptedGateway.Answer

    private func source(_ gateway: ScriptedGateway, trusting certificate: TestCertificate) throws -> EventSource {
        EventSource(
            .init(token: try BearerToken("abc")),
            connector: try GatewayConnector(url: gateway.url, certificateAuthorities: certificate.certificate),
            surroundings: .init(sleep: { _ in }, jitter: { 0 }))
    }

    private func messages(of source: EventSource) async -> [EventSourceMessage] {
        var messages: [EventSourceMessage] = []
        for await message in source { messages.append(message) }
        return messages
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `listens and comes back over TLS`(_ host: String) async throws {
        let certificate = try TestCertificate(names: "DNS:localhost,IP:127.0.0.1")
        let script = [
            Answer(body: "id: e-1\ndata: \(String(repeating: "x", count: 50_000))\n\n"),
            Answer(body: "id: e-2\ndata: 2\n\n", ending: .cut), Answer(status: .noContent, headers: [:]),
        ]
        let gateway = try await ScriptedGateway(
            script: script, host: host, addSecurity: try certificate.serverSecurity())
        let messages = try await messages(of: source(gateway, trusting: certificate))
        #expect(
            messages.map(\.kind) == ["opened", "event", "reconnecting", "opened", "event", "reconnecting", "closed"])
        #expect(gateway.requests.map { $0.head.headers["Last-Event-ID"] } == [[], ["e-1"], ["e-2"]])
        try await gateway.close()
    }

    @Test func `publishes over one TLS connection`() async throws {
        let certificate = try TestCertificate(names: "DNS:localhost")
        let answer = Answer(headers: ["Content-Type": "application/json"], body: #"{"id":"e-1","streams":1}"#)
        let gateway = try await ScriptedGateway(
            script: [answer, answer], host: "localhost", addSecurity: try certificate.serverSecurity())
        let connector = try GatewayConnector(url: gateway.url, certificateAuthorities: certificate.certificate)
        let client = PublishClient(connector: connector, token: try BearerToken("abc"))
        for _ in 0..<2 {
            let request = PublishRequest(audience: .everyone, data: String(repeating: "y", count: 40_000))
            #expect(try await client.publish(request).results == [.accepted(id: "e-1", streams: 1)])
        }
        #expect(gateway.requests.map(\.connection) == [1, 1])
        await client.close()
        try await gateway.close()
    }

    @Test func `a certificate of somebody else ends it, and no token is sent`() async throws {
        let certificate = try TestCertificate(names: "DNS:localhost")
        let gateway = try await ScriptedGateway(
            script: [], host: "localhost", addSecurity: try certificate.serverSecurity())
        let foreign = try TestCertificate(names: "DNS:localhost")
        let messages = try await messages(of: source(gateway, trusting: foreign))
        try expectUntrusted(messages, gateway)
        try await gateway.close()
    }

    @Test func `a certificate for another name ends it, and no token is sent`() async throws {
        let certificate = try TestCertificate(names: "DNS:gateway.example")
        let gateway = try await ScriptedGateway(
            script: [], host: "localhost", addSecurity: try certificate.serverSecurity())
        let messages = try await messages(of: source(gateway, trusting: certificate))
        try expectUntrusted(messages, gateway, remedy: "with a name that its certificate has")
        try await gateway.close()
    }

    private func expectUntrusted(
        _ messages: [EventSourceMessage], _ gateway: ScriptedGateway, remedy: String = "--ca"
    ) throws {
        guard case .closed(let reason) = messages.first else {
            Issue.record("expected the end, not \(messages)")
            return
        }
        #expect(messages.count == 1)
        #expect(reason.code == .tls)
        #expect(reason.message.contains(remedy))
        #expect(gateway.requests.isEmpty)
    }

    @Test func `a publish that TLS prevents was not sent`() async throws {
        let certificate = try TestCertificate(names: "DNS:gateway.example")
        let gateway = try await ScriptedGateway(
            script: [], host: "localhost", addSecurity: try certificate.serverSecurity())
        let connector = try GatewayConnector(url: gateway.url, certificateAuthorities: certificate.certificate)
        let client = PublishClient(connector: connector, token: try BearerToken("abc"))
        let error = await #expect(throws: GatewayClientError.self) {
            try await client.publish(PublishRequest(audience: .everyone, data: ""))
        }
        #expect(error?.code == .tls)
        try await gateway.close()
    }

    @Test func `a port that speaks no TLS ends it`() async throws {
        let certificate = try TestCertificate(names: "DNS:localhost")
        let gateway = try await ScriptedGateway(script: [], host: "localhost")
        let messages = try await messages(of: source(gateway, trusting: certificate))
        #expect(messages.map(\.kind) == ["closed"])
        try await gateway.close()
    }

    @Test(arguments: ["/nowhere/ca.pem", "/dev/null"])
    func `a CA file that is none is refused before anything opens`(_ file: String) throws {
        let url = try GatewayURL("https://localhost")
        let error = #expect(throws: GatewayClientError.self) {
            try GatewayConnector(url: url, certificateAuthorities: file)
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(file) == true)
    }
}
