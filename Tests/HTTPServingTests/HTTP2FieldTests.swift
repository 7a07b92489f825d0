import FrameClient
import HTTP2Kit
import HTTPTypes
import HTTPWire
import Testing

@testable import HTTPServing

/// Fields that make a request malformed (RFC 9113 §8.2, §8.3). Beside what stands in ``HTTP2ConnectionTests``.
@Suite struct HTTP2FieldTests {
    private typealias Fields = [(String, String)]

    private static let get: Fields = [
        (":method", "GET"), (":scheme", "https"), (":authority", "sluice"), (":path", "/"),
    ]

    private static func expectRefusal(_ fields: [(String, String)], source: SourceLocation) async throws {
        let judge = ScriptedJudge.echo()
        let wire = try await HTTP2Wire(judge)
        let response = try await wire.exchange(.headers(1, fields))
        let isReset = response.resetCode == WireErrorCode.protocolError.rawValue && response.status == nil
        #expect(isReset || response.status == "400", "\(response)", sourceLocation: source)
        #expect(judge.requests.isEmpty, sourceLocation: source)
        let next = try await wire.exchange(.request(3, "/next"), stream: 3)
        #expect(next.body == "/next", sourceLocation: source)
    }

    private static let malformed: [(String, Fields)] = [
        ("§8.2.1: no name", [("", "x")]),
        ("§8.2.1: NUL in a value", [("a", "b\0c")]),
        ("§8.2.1: a line break in a value", [("a", "b\nc")]),
        ("§8.2.1: a space before a value", [("a", " b")]),
        ("§8.2.1: a space behind a value", [("a", "b ")]),
        ("§8.2.1: a colon in a name", [("a:b", "c")]),
        ("§8.2.2: keep-alive", [("keep-alive", "timeout=5")]),
        ("§8.2.2: proxy-connection", [("proxy-connection", "keep-alive")]),
        ("§8.2.2: upgrade", [("upgrade", "websocket")]),
        ("§8.2.2: te that asks for more than trailers", [("te", "gzip")]),
        ("§8.2.2: te that asks for trailers, and for more", [("te", "trailers, gzip")]),
        ("§8.3: a pseudo-field that nobody knows", [(":color", "red")]),
        ("§8.3: a pseudo-field of WebSockets without CONNECT", [(":protocol", "websocket")]),
        ("§8.3.1: two methods", [(":method", "GET")]),
        ("§8.3.1: two schemes", [(":scheme", "https")]),
        ("§8.3.1: two authorities", [(":authority", "sluice")]),
        ("§8.1.1: two lengths", [("content-length", "0"), ("content-length", "0")]),
    ]

    @Test(arguments: malformed)
    func `a request with a field that may not be is refused alone`(
        name: String, fields: [(String, String)]
    ) async throws {
        try await Self.expectRefusal(Self.get + fields, source: #_sourceLocation)
    }

    private static let replaced: [(String, String, String?)] = [
        ("§8.3.1: no method", ":method", nil),
        ("§8.3.1: no scheme", ":scheme", nil),
        ("§8.3.1: no path", ":path", nil),
        ("§8.3.1: an authority with a user", ":authority", "user@sluice"),
        ("§8.5: CONNECT with a path", ":method", "CONNECT"),
    ]

    @Test(arguments: replaced)
    func `a request without what it needs is refused alone`(name: String, field: String, value: String?) async throws {
        let fields = Self.get.compactMap { $0.0 == field ? value.map { (field, $0) } : $0 }
        try await Self.expectRefusal(fields, source: #_sourceLocation)
    }

    private static let allowed: [(String, Fields)] = [
        ("§8.2.2: te that asks for trailers", [("te", "trailers")]),
        ("§8.2.3: a cookie in pieces", [("cookie", "a=b"), ("cookie", "c=d")]),
        ("§8.2.1: an empty value", [("a", "")]),
        ("§8.2.1: bytes above ASCII in a value", [("a", "é")]),
    ]

    @Test(arguments: allowed)
    func `what is allowed is served`(name: String, fields: [(String, String)]) async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        #expect(try await wire.exchange(.headers(1, Self.get + fields)).body == "/")
    }
}
