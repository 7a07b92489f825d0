import FrameClient
import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// The four forms of a request target (RFC 9112 §3.2).
@Suite struct TargetFormTests {
    @Test(arguments: [
        ("https://sluice.example/v1/stream?a=b", "/v1/stream?a=b", "sluice.example"),
        ("http://other:8080/first", "/first", "other:8080"), ("HTTPS://A/b", "/b", "A"), ("https://a", "/", "a"),
        ("https://a?b=c", "/?b=c", "a"), ("https://[::1]:8443/x", "/x", "[::1]:8443"), ("https://a//b", "//b", "a"),
    ])
    func `the absolute form names whom it is for, and Host is not looked at`(
        target: String, path: String, authority: String
    ) async throws {
        let judge = ScriptedJudge.echo()
        let wire = try await Wire(judge)
        #expect(try await wire.exchange("GET \(target) HTTP/1.1\r\nHost: sluice\r\n\r\n").body == path)
        #expect(judge.requests.map(\.authority) == [authority])
        #expect(try await wire.exchange("GET /next HTTP/1.1\r\nHost: sluice\r\n\r\n").body == "/next")
    }

    @Test(arguments: [
        "https://", "https:///a", "https://u@a/b", "https://a b/", "https://a/b#c", "https://a#c", "https:/a/b",
        "https:a",
        "://a/b", "1s://a/b", "https://a:b/c", "https://[::1/c", "mailto:a@b", "https://a/é", "a:443", "*/",
    ])
    func `another form is refused and the connection closed`(target: String) async throws {
        let judge = ScriptedJudge.echo()
        let wire = try await Wire(judge)
        let response = try await wire.exchange("GET \(target) HTTP/1.1\r\nHost: sluice\r\n\r\n")
        #expect(response.status == 400 && response.code == "request-malformed")
        await wire.pass(.seconds(3))
        #expect(wire.isClosed && judge.requests.isEmpty)
    }

    @Test(arguments: ["", "Host: a b\r\n", "Host: a\r\nHost: a\r\n"])
    func `beside an absolute form, Host has to be there and be one`(host: String) async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        #expect(try await wire.exchange("GET https://sluice/a HTTP/1.1\r\n\(host)\r\n").status == 400)
    }

    @Test(arguments: ["*", "https://sluice", "https://sluice:8443"])
    func `the gateway as a whole says what it takes`(target: String) async throws {
        let bench = try GatewayBench()
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        let response = try await wire.exchange("OPTIONS \(target) HTTP/1.1\r\nHost: sluice\r\n\r\n")
        #expect(response.status == 204)
        #expect(response["allow"] == "GET, HEAD, POST, DELETE, OPTIONS")
        #expect(!wire.isClosed)
        let fields = [(":method", "OPTIONS"), (":scheme", "https"), (":path", "*"), (":authority", "sluice")]
        let second = try await HTTP2Wire(bench.gateway, on: bench.bench.loop).exchange(.headers(1, fields))
        #expect(second.status == "204" && second.fields["allow"] == response["allow"])
    }

    @Test(arguments: ["GET", "POST", "HEAD"])
    func `the asterisk is for OPTIONS alone`(method: String) async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        try await wire.send("\(method) * HTTP/1.1\r\nHost: sluice\r\n\r\n")
        let text = try await wire.received()
        #expect(text.hasPrefix("HTTP/1.1 400 "), "\(text)")
        let fields = [(":method", method), (":scheme", "https"), (":path", "*"), (":authority", "sluice")]
        let response = try await HTTP2Wire(ScriptedJudge.echo()).exchange(.headers(1, fields))
        #expect(response.status == "400" || response.resetCode == 1, "\(response)")
    }

    @Test func `CONNECT is there nowhere, and nothing behind it is taken for a request`() async throws {
        let judge = ScriptedJudge.echo()
        let wire = try await Wire(judge)
        let second = "GET /second HTTP/1.1\r\nHost: sluice\r\n\r\n"
        try await wire.send("CONNECT sluice:443 HTTP/1.1\r\nHost: sluice\r\n\r\n\(second)")
        let responses = try Response.all(in: try await wire.received())
        #expect(responses.map(\.status) == [501] && responses.first?.code == "method-not-implemented")
        await wire.pass(.seconds(3))
        #expect(wire.isClosed && judge.requests.isEmpty)
        let fields = [(":method", "CONNECT"), (":authority", "sluice:443")]
        let response = try await HTTP2Wire(judge).exchange(.headers(1, fields))
        #expect(response.status == "501", "\(response)")
    }
}
