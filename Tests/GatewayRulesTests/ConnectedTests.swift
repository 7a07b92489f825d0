import EventHub
import EventLog
import FrameClient
import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import PeerText
import Testing
import TokenAuth

@testable import GatewayRules
@testable import HTTPServing

/// Who is connected, as an administrator sees it, over both versions of HTTP; and streams that it ends.
@Suite struct ConnectedTests {
    private static let names = (0..<7).map { "user \($0)/ü" }

    /// Opens a stream of a request over HTTP/1.1.
    private static func open(
        _ bench: GatewayBench, _ request: HTTPRequest, from peer: Peer = Peer()
    ) async throws -> Wire {
        guard case .stream(let plan) = bench.judge(request, from: peer) else { throw NoResponse(text: "no stream") }
        let wire = try await Wire(ScriptedJudge { _ in .stream(plan) }, on: bench.bench.loop)
        try await wire.send("GET / HTTP/1.1\r\nHost: sluice\r\n\r\n")
        return wire
    }

    private static func openOverHTTP2(_ bench: GatewayBench, _ request: HTTPRequest) async throws -> HTTP2Wire {
        guard case .stream(let plan) = bench.judge(request) else { throw NoResponse(text: "no stream") }
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .stream(plan) }, on: bench.bench.loop)
        try await wire.send(.request(1, "/"))
        return wire
    }

    private static func encode(_ name: String) -> String {
        name.utf8.map { (0x61...0x7a).contains($0) ? String(UnicodeScalar($0)) : "%" + hex($0) }.joined()
    }

    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    // MARK: What is told

    @Test func `a stream is told with what its request said`() async throws {
        let bench = try GatewayBench()
        let (token, session) = (
            try bench.token("alice", subscribe: ["news"]), "0123456789abcdef0123456789abcdef"
        )
        let fields: HTTPFields = [
            .cookie: "__Host-sluice=\(session).\(token)",
            .userAgent: "Fire\tfox/1 ü " + String(repeating: "x", count: 200),
            .origin: GatewayBench.allowedOrigin,
        ]
        let peer = Peer(at: ClientAddress("192.0.2.7"[...].utf8))
        let page = try await Self.open(bench, GatewayBench.request(.get, "/v1/stream?topic=news", fields), from: peer)
        await bench.bench.pass(.seconds(90))
        await bench.bench.publish("one")
        let program = try await Self.openOverHTTP2(bench, GatewayBench.request(token: token))
        let answer = try await bench.administer(.get, "/v1/users/alice/streams")
        #expect(answer.fields[.contentType] == "application/json" && answer.fields[.cacheControl] == "no-store")
        let agent = "Fire?fox/1 ?? " + String(repeating: "x", count: 114)
        #expect(
            answer.text == """
                {"user":"alice","streams":[{"stream":"0-1","since":"2027-01-15T08:00:00Z","address":"192.0.2.7",\
                "agent":"\(agent)","httpVersion":"1.1","topics":["news"],"session":"01234567","behind":false,\
                "lastEventId":"testepoch-1"},{"stream":"0-2","since":"2027-01-15T08:01:30Z","httpVersion":"2",\
                "topics":[],"behind":false,"lastEventId":"testepoch-1"}]}
                """)
        try await page.hangUp()
        try await program.hangUp()
        await bench.bench.loop.run()
        #expect(try await bench.administer(.get, "/v1/users/alice/streams").text == #"{"user":"alice","streams":[]}"#)
    }

    @Test func `a slow stream is told as behind, with the last id that it was sent`() async throws {
        let bench = try GatewayBench()
        let slow = try await Self.open(bench, GatewayBench.request(token: bench.token("alice")))
        try await slow.setWritable(false)
        for _ in 0..<3 { await bench.bench.publish("held") }
        let held = try await bench.administer(.get, "/v1/users/alice/streams").text
        #expect(held.contains(#""behind":false,"lastEventId":"testepoch-0""#))
        for _ in 0..<40 { await bench.bench.publish(String(repeating: "x", count: 4000)) }
        let behind = try await bench.administer(.get, "/v1/users/alice/streams").text
        #expect(behind.contains(#""behind":true,"lastEventId":"testepoch-0""#))
    }

    @Test func `users come in pages, each once, whatever their names are`() async throws {
        let bench = try GatewayBench()
        for name in Self.names + ["user 0/ü"] {
            _ = try await Self.open(bench, GatewayBench.request(token: bench.token(name)))
        }
        var (seen, cursor): ([String], String?) = ([], "")
        while let place = cursor {
            let query = place.isEmpty ? "" : "&cursor=" + place
            let text = try await bench.administer(.get, "/v1/users?limit=3" + query).text
            seen += text.components(of: #"{"user":""#)
            cursor = text.components(of: #""next":""#).first
        }
        #expect(seen == Self.names)
        let first = try await bench.administer(.get, "/v1/users?limit=1").text
        #expect(first.hasPrefix(#"{"users":[{"user":"user 0/ü","streams":2}],"next":""#))
    }

    @Test func `a user's streams come in pages, each once`() async throws {
        let bench = try GatewayBench()
        for _ in 0..<7 { _ = try await Self.open(bench, GatewayBench.request(token: bench.token("alice"))) }
        var (seen, cursor): ([String], String?) = ([], "")
        while let place = cursor {
            let query = place.isEmpty ? "" : "&cursor=" + place
            let text = try await bench.administer(.get, "/v1/users/alice/streams?limit=3" + query).text
            seen += text.components(of: #"{"stream":""#)
            cursor = text.components(of: #""next":""#).first
        }
        #expect(seen == (1...7).map { "0-\($0)" })
    }

    // MARK: Ending

    @Test(arguments: [("", false), ("?retryable=false", false), ("?retryable=true", true)])
    func `a user's streams are ended with a word, over both versions`(query: String, isRetryable: Bool) async throws {
        let bench = try GatewayBench()
        let name = "o'neil/é+"
        let request = GatewayBench.request(token: try bench.token(name))
        let (first, second) = try await (Self.open(bench, request), Self.openOverHTTP2(bench, request))
        let other = try await Self.open(bench, GatewayBench.request(token: bench.token("bob")))
        _ = try await other.received()
        let answer = try await bench.administer(.delete, "/v1/users/\(Self.encode(name))/streams\(query)")
        #expect(answer.text == #"{"streamsEnded":2}"#)
        let word = #"""
            event: sluice.rejected
            data: {"code":"disconnected","detail":"An administrator has ended this stream.","retryable":\#(isRetryable)}
            """#
        #expect(try await first.received().contains(word))
        #expect(try await second.received().text(of: 1).contains(word))
        #expect(try await other.received() == "")
        #expect(Set(bench.bench.metrics.endings) == [isRetryable ? .disconnectedForNow : .disconnected])
        #expect(
            try await bench.administer(.delete, "/v1/users/\(Self.encode(name))/streams").text == #"{"streamsEnded":0}"#
        )
    }

    @Test func `one stream is ended by its name`() async throws {
        let bench = try GatewayBench()
        for _ in 0..<3 { _ = try await Self.open(bench, GatewayBench.request(token: bench.token("alice"))) }
        for (stream, count) in [("0-2", 1), ("0-2", 0), ("0-9", 0), ("7-1", 0)] {
            let answer = try await bench.administer(.delete, "/v1/users/alice/streams/\(stream)")
            #expect(answer.text == #"{"streamsEnded":\#(count)}"#)
        }
        #expect(try await bench.administer(.delete, "/v1/users/bob/streams/0-1").text == #"{"streamsEnded":0}"#)
        #expect(bench.bench.hub.streamCount == 2)
    }

    @Test func `streams of revoked tokens end with a word, over both versions`() async throws {
        let bench = try GatewayBench()
        let request = GatewayBench.request(token: try bench.token("alice"))
        let (first, second) = try await (Self.open(bench, request), Self.openOverHTTP2(bench, request))
        let answer = try await bench.administer(.post, "/v1/revocations", #"{"sub":"alice"}"#)
        #expect(answer.text == #"{"streamsEnded":2}"#)
        let word = #"data: {"code":"token-revoked","#
        #expect(try await first.received().contains(word))
        #expect(try await second.received().text(of: 1).contains(word))
    }

    // MARK: Paths

    @Test(arguments: [
        ("/v1/users/", 404), ("/v1/users/alice", 404), ("/v1/users/alice/streams/", 400),
        ("/v1/users/alice/streams/x", 400), ("/v1/users/alice/streams/0-1/x", 404), ("/v1/users//streams", 400),
        ("/v1/users/%zz/streams", 400), ("/v1/users/%ff/streams", 400), ("/v1/users/a%2a/streams", 400),
        ("/v1/users/a%00/streams", 400), ("/v1/users/e%cc%81/streams", 400), ("/v1/users/%C3%A9/streams", 200),
        ("/v1/users/a%2fb/streams", 200), ("/v1/users/+/streams", 200), ("/v1/users/../streams", 200),
    ])
    func `a path names a user or nothing`(path: String, status: Int) async throws {
        let answer = try await GatewayBench().administer(.delete, path)
        #expect(answer.status.code == status, "\(answer.text)")
    }

    @Test func `a plus sign in a path is one, unlike in a query`() async throws {
        let answer = try await GatewayBench().administer(.get, "/v1/users/a+b%2B%20c/streams")
        #expect(answer.text == #"{"user":"a+b+ c","streams":[]}"#)
    }

    @Test(arguments: [
        (HTTPRequest.Method.put, "/v1/users"), (.post, "/v1/users"), (.delete, "/v1/users"),
        (.delete, "/v1/revocations"),
        (.post, "/v1/users/a/streams"), (.get, "/v1/users/a/streams/0-1"),
    ])
    func `a method that a path does not take is refused with those that it takes`(
        method: HTTPRequest.Method, path: String
    ) async throws {
        let answer = try await GatewayBench().administer(method, path)
        #expect(answer.status == .methodNotAllowed && answer.fields[.allow]?.contains("OPTIONS") == true)
    }

    @Test func `retryable is true or false`() async throws {
        let answer = try await GatewayBench().administer(.delete, "/v1/users/a/streams?retryable=1")
        #expect(answer.code == "retryable-invalid")
    }
}

extension String {
    /// What stands between each `opening` and the next quote.
    fileprivate func components(of opening: String) -> [String] {
        var (found, rest) = ([String](), self)
        while let start = rest.utf8Range(of: opening) {
            rest = String(rest[start.upperBound...])
            found.append(String(rest.prefix { $0 != "\"" }))
        }
        return found
    }
}
