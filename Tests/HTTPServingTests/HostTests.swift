import FrameClient
import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@testable import HTTPServing

/// Whom a request is for: `Host`, `:authority` and the target's authority (RFC 9110 §7.2, RFC 9112 §3.2, RFC 9113
/// §8.3.1).
@Suite struct HostTests {
    private static let wrong = [
        "", " ", "a b", "a/b", "a, b", "a?b", "a#b", "<x>", "u@localhost", "u:p@localhost", "[::1", "::1", "[]",
        "[::1]x",
        "[::1]:x", "[::g]", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1::2::3]", "[:1]", "[1:]", "[::12345]",
        "[fe80::1%25eth0]", "[v1.a]", "[::1.2.3]", "[::1.2.3.256]", "[1.2.3.4::]", "localhost:abc", "localhost:-1",
        "localhost:65536", "localhost:99999999999999999999", "localhost:1:2", ":443", "a%zz", "a%2", "a\\b", "a\"b",
        "é",
        "a\u{301}", "localhost\u{37E}443", "https://localhost",
    ]

    private static let right = [
        "localhost", "LOCALHOST:8443", "example.com:", "a.b-c_d~e", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8443",
        "[::]",
        "[1:2:3:4:5:6:7:8]", "[1::8]", "[1:2:3:4:5:6:7::]", "[::ffff:192.0.2.1]", "[2001:DB8::1]:0443",
        "xn--bcher-kva.example",
        "a%2Fb", "a,b", "999.1.1.1", "localhost:65535",
    ]

    @Test(arguments: wrong)
    func `what is no host is refused, over both versions of HTTP`(host: String) async throws {
        #expect(Authority(host) == nil)
        let judge = ScriptedJudge.echo()
        let wire = try await Wire(judge)
        let response = try await wire.exchange("GET /a HTTP/1.1\r\nHost: \(host)\r\n\r\n")
        #expect(response.status == 400 && response.code == "request-malformed", "\(response)")
        await wire.pass(.seconds(3))
        #expect(wire.isClosed)
        for name in [":authority", "host"] {
            let fields = [(":method", "GET"), (":scheme", "https"), (":path", "/"), (name, host)]
            let second = try await HTTP2Wire(judge)
            let answer = try await second.exchange(.headers(1, fields))
            #expect(answer.status == "400" || (answer.status == nil && answer.resetCode == 1), "\(answer)")
            #expect(try await second.exchange(.request(3, "/next"), stream: 3).body == "/next")
        }
        #expect(judge.paths.allSatisfy { $0 == "/next" })
    }

    @Test(arguments: right)
    func `what is one is served`(host: String) async throws {
        #expect(Authority(host) != nil)
        let judge = ScriptedJudge.echo()
        #expect(try await Wire(judge).exchange("GET /a HTTP/1.1\r\nHost: \(host) \r\n\r\n").body == "/a")
        let fields = [(":method", "GET"), (":scheme", "https"), (":path", "/a"), (":authority", host)]
        #expect(try await HTTP2Wire(judge).exchange(.headers(1, fields)).body == "/a")
        #expect(judge.requests.map(\.authority) == [host, host])
    }

    @Test(arguments: [
        ("a", "a", true), ("A.example", "a.EXAMPLE", true), ("a", "a:443", true), ("a:", "a:0443", true),
        ("a:443", "a", true),
        ("a", "a:80", false), ("a", "a:8443", false), ("a", "b", false), ("[::1]", "[::1]:443", true),
        ("a", "[::1]", false),
        ("k", "\u{212A}", false), ("a", "a.", false),
    ])
    func `over HTTP 2, Host may say what the authority says in its own way`(
        authority: String, host: String, agree: Bool
    ) async throws {
        let fields = [
            (":method", "GET"), (":scheme", "https"), (":path", "/a"), (":authority", authority), ("host", host),
        ]
        let response = try await HTTP2Wire(ScriptedJudge.echo()).exchange(.headers(1, fields))
        #expect((response.status == "200") == agree, "\(response)")
        #expect(agree || response.status == "400" || response.resetCode == 1)
    }

    @Test(arguments: [
        ("http", "a", "a:80", true), ("HTTP", "a", "a:80", true), ("http", "a", "a:443", false),
        ("https", "a", "a:443", true),
        ("coap+tcp", "a", "a", true), ("coap+tcp", "a", "a:80", false),
    ])
    func `a proxy that ended TLS may say http, and its usual port`(
        scheme: String, authority: String, host: String, isServed: Bool
    ) async throws {
        let fields = [
            (":method", "GET"), (":scheme", scheme), (":path", "/a"), (":authority", authority), ("host", host),
        ]
        let response = try await HTTP2Wire(ScriptedJudge.echo()).exchange(.headers(1, fields))
        #expect((response.status == "200") == isServed, "\(response)")
    }

    @Test(arguments: ["", "1http", "ht tp", "http:", "h/t", "é"])
    func `a scheme that is none is refused`(scheme: String) async throws {
        let fields = [(":method", "GET"), (":scheme", scheme), (":path", "/a"), (":authority", "a")]
        let response = try await HTTP2Wire(ScriptedJudge.echo()).exchange(.headers(1, fields))
        #expect(response.status == "400" || (response.status == nil && response.resetCode == 1), "\(response)")
    }
}
