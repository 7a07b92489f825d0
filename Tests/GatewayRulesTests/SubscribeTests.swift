import EventHub
import EventLog
import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// Which stream a request gets: whose, of which topics, from where, and for how long.
@Suite struct SubscribeTests {
    private static func topics(_ query: String, granted: [String] = ["*"]) throws -> [String] {
        let bench = try GatewayBench()
        let token = try bench.token(subscribe: granted)
        return try bench.stream(GatewayBench.request(.get, "/v1/stream\(query)", token: token)).interest.topics
    }

    // MARK: Topics

    @Test func `a stream without topics has its user's events and everyone's`() throws {
        #expect(try Self.topics("", granted: []) == [])
        #expect(try Self.topics("?") == [])
        #expect(try Self.topics("?other=x&&") == [])
    }

    @Test func `topics are taken in their order, each once`() throws {
        #expect(try Self.topics("?topic=b&topic=a&topic=b&topic=a") == ["b", "a"])
        #expect(try Self.topics("?topic=a&topic=%61") == ["a"])
    }

    @Test func `topics are percent-decoded UTF-8`() throws {
        #expect(try Self.topics("?topic=rooms%2F1&topic=a+b&topic=%C3%A9") == ["rooms/1", "a b", "é"])
        #expect(try Self.topics("?topic=a%26topic%3Db") == ["a&topic=b"])
        #expect(try Self.topics("?topic=a=b?c") == ["a=b?c"])
        #expect(try Self.topics("?%74opic=a") == ["a"])
    }

    @Test func `granted are names and beginnings`() throws {
        let granted = ["news", "rooms/*"]
        #expect(try Self.topics("?topic=news&topic=rooms/7", granted: granted) == ["news", "rooms/7"])
    }

    @Test(arguments: ["", "*", "rooms/*", "a%00b", "a%0Ab", "%7F", String(repeating: "t", count: 257), "e%CC%81"])
    func `a topic that is none`(topic: String) throws {
        let bench = try GatewayBench()
        let request = GatewayBench.request(.get, "/v1/stream?topic=\(topic)", token: try bench.token(subscribe: ["*"]))
        let answer = try bench.answer(request)
        #expect(answer.status == .badRequest)
        #expect(answer.code == "topic-invalid")
    }

    @Test func `one topic too many`() throws {
        let bench = try GatewayBench()
        let request = GatewayBench.request(
            .get, "/v1/stream?topic=a&topic=b&topic=c&topic=d", token: try bench.token(subscribe: ["*"]))
        let answer = try bench.answer(request)
        #expect(answer.code == "topic-invalid")
        #expect(answer.detail?.contains("3 topics (limits.topics_per_stream)") == true)
        #expect(try Self.topics("?topic=a&topic=b&topic=c&topic=a") == ["a", "b", "c"])
    }

    @Test(arguments: ["%", "%4", "%zz", "%FF", "%C3", "%C3%28", "%ED%A0%80"])
    func `a query that is not percent-encoded UTF-8`(text: String) throws {
        let bench = try GatewayBench()
        for query in ["topic=\(text)", "\(text)=a", "lastEventId=\(text)", "other=\(text)"] {
            let answer = try bench.answer(GatewayBench.request(.get, "/v1/stream?\(query)", token: try bench.token()))
            #expect(answer.status == .badRequest)
            #expect(answer.code == "request-malformed")
        }
    }

    // MARK: Identity

    @Test func `nothing but the token chooses the user`() throws {
        let bench = try GatewayBench()
        var fields: HTTPFields = [.cookie: "user=bob; sub=bob"]
        for name in ["X-User", "Sub", "From"] { fields[try #require(HTTPField.Name(name))] = "bob" }
        let path = "/v1/stream?sub=bob&id=bob&username=bob"
        let plan = try bench.stream(GatewayBench.request(.get, path, token: try bench.token("alice"), fields))
        #expect(plan.interest == Interest(user: "alice"))
    }

    @Test func `a page that says whose stream it expects gets that one or none`() throws {
        let bench = try GatewayBench()
        let token = try bench.token("alice b")
        for query in ["user=alice+b", "user=alice%20b&user=alice%20b"] {
            let plan = try bench.stream(GatewayBench.request(.get, "/v1/stream?\(query)", token: token))
            #expect(plan.interest == Interest(user: "alice b"))
        }
        for query in ["user=bob", "user=", "user", "user=Alice%20b", "user=alice+b&user=bob", "user=bob&user=alice+b"] {
            for method in [HTTPRequest.Method.get, .head] {
                let answer = try bench.answer(GatewayBench.request(method, "/v1/stream?\(query)", token: token))
                #expect(answer.status == .forbidden, "\(query)")
                #expect(answer.code == "other-user", "\(query)")
            }
        }
        let seen = try bench.answer(GatewayBench.request(.get, "/v1/stream?refusals=event&user=bob", token: token))
        #expect(seen.status == .ok)
        #expect(seen.text.contains(#"{"code":"other-user","#) && seen.text.contains(#""retryable":false"#))
        let stranger = try bench.answer(GatewayBench.request(.get, "/v1/stream?user=bob"))
        #expect(stranger.code == "token-missing", "without a token it says nothing")
    }

    // MARK: Where it goes on

    private static func place(_ headers: [String], _ query: String) throws -> String? {
        let name = try #require(HTTPField.Name("Last-Event-ID"))
        var request = GatewayBench.request(.get, "/v1/stream\(query)")
        for value in headers { request.headerFields.append(HTTPField(name: name, value: value)) }
        return ResumePoint(request, try RequestTarget(request.path)).id
    }

    /// An empty one hid a good one, and what came meanwhile was lost in silence.
    @Test(arguments: [
        ([""], "?lastEventId=q-1"), ([" \t"], "?lastEventId=q-1"), ([], "?lastEventId=&lastEventId=q-1"),
        (["", ""], "?lastEventId=q-1"), (["", "q-1"], "?lastEventId=x-1"), (["q-1", "q-1"], ""),
        ([" q-1\t"], "?lastEventId="), (["q-1"], "?lastEventId="), ([], "?lastEventId=q-1&lastEventId=q-1"),
    ])
    func `an empty id says nothing, and the same twice says it once`(headers: [String], query: String) throws {
        #expect(try Self.place(headers, query) == "q-1")
    }

    @Test func `nothing but empty ids are none`() throws {
        #expect(try Self.place([], "") == nil)
        #expect(try Self.place([""], "?lastEventId=") == nil)
    }

    @Test func `of several ids none is guessed at`() throws {
        #expect(try Self.place(["testepoch-1", "testepoch-2"], "") == "testepoch-1, testepoch-2")
        #expect(LoggedEventID("testepoch-1, testepoch-2") == nil, "so the page is told of a gap")
        #expect(try Self.place([], "?lastEventId=a-1&lastEventId=a-2") == "a-1, a-2")
    }

    /// Whoever reads on compares each with all of those before, and nobody has shown a token yet.
    @Test func `of a thousand ids no more are read than say that there is not one`() throws {
        let ids = (0..<1000).map { "a-\($0)" }
        #expect(try Self.place(ids, "") == "a-0, a-1")
        #expect(try Self.place([], "?" + ids.map { "lastEventId=\($0)" }.joined(separator: "&")) == "a-0, a-1")
    }

    /// `~` and a combining mark are one character, and no mark of ours.
    @Test func `the mark of a refusal is read by bytes`() throws {
        let name = try #require(HTTPField.Name("Last-Event-ID"))
        for (id, expected) in [
            ("q-1~rejected", "q-1"), ("q-1~rejected\u{301}", nil), ("e\u{301}~rejected", "e\u{301}"),
        ] {
            let request = GatewayBench.request(.get, "/v1/stream", [name: id])
            let point = ResumePoint(request, try RequestTarget(request.path))
            #expect(point.followsRejection == (expected != nil), "\(id)")
            #expect(point.id == expected ?? id)
        }
    }

    @Test func `a topic that is not NFC is told so`() throws {
        let bench = try GatewayBench()
        let request = GatewayBench.request(
            .get, "/v1/stream?topic=cafe%CC%81", token: try bench.token(subscribe: ["*"]))
        let problem = try bench.answer(request)
        #expect(problem.status == .badRequest)
        #expect(problem.text.contains("NFC") && problem.text.contains("normalize()"), "\(problem.text)")
    }

    @Test func `the header says where to go on, and where there is none, the query`() throws {
        let bench = try GatewayBench()
        let token = try bench.token()
        let name = try #require(HTTPField.Name("Last-Event-ID"))
        let both = try bench.stream(
            GatewayBench.request(.get, "/v1/stream?lastEventId=q-1", token: token, [name: "h-2"]))
        #expect(both.lastEventID == "h-2", "a reconnect's header is newer than the page's URL")
        let query = try bench.stream(GatewayBench.request(.get, "/v1/stream?lastEventId=q%2D1", token: token))
        #expect(query.lastEventID == "q-1")
        let header = try bench.stream(GatewayBench.request(token: token, [name: "h-2"]))
        #expect(header.lastEventID == "h-2")
        #expect(try bench.stream(GatewayBench.request(token: token)).lastEventID == nil)
    }

    // MARK: How long

    @Test(arguments: [(3600, 0, 3600), (10, -9, 1), (10, -10, 30), (10, -20, 20), (10, -39, 1)])
    func `a stream lasts as long as its token, and one in the allowance for clocks what is left of that`(
        lifetime: Int64, issuedAfter: Int64, expected: Int64
    ) throws {
        let bench = try GatewayBench()
        let token = try bench.token(lifetime: lifetime, issuedAfter: issuedAfter)
        #expect(try bench.stream(GatewayBench.request(token: token)).lifetime == .seconds(expected))
    }

    @Test func `the longest token there is overflows nothing`() async throws {
        let bench = try GatewayBench()
        let now = bench.bench.wall.withLockedValue { $0.milliseconds } / 1000
        let token = try bench.token(lifetime: 253_402_300_799 - now)
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        try await wire.send("GET /v1/stream HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n")
        #expect(bench.bench.hub.streamCount == 1)
        await bench.bench.pass(.hours(1))
        #expect(bench.bench.hub.streamCount == 1)
    }

    // MARK: The answer

    @Test func `a stream's fields keep it from being cached and held back`() throws {
        let bench = try GatewayBench()
        let fields = try bench.stream(GatewayBench.request(token: try bench.token())).fields
        #expect(fields[.contentType] == "text/event-stream")
        #expect(fields[.cacheControl] == "no-store, no-transform")
        #expect(fields[try #require(HTTPField.Name("X-Accel-Buffering"))] == "no")
    }

    @Test func `HEAD has the fields of GET and opens nothing`() throws {
        let bench = try GatewayBench()
        let token = try bench.token()
        let answer = try bench.answer(GatewayBench.request(.head, token: token))
        #expect(answer.status == .ok)
        #expect(answer.fields == (try bench.stream(GatewayBench.request(token: token)).fields))
        #expect(bench.bench.hub.streamCount == 0)
    }

    @Test(arguments: [
        "/", "/v1", "/v1/streams", "/v1/stream/", "/V1/stream", "//v1/stream", "/v1/../v1/stream", "/v1/%73tream",
    ])
    func `an unknown path`(path: String) throws {
        let bench = try GatewayBench()
        let answer = try bench.answer(GatewayBench.request(.get, path, token: try bench.token()))
        #expect(answer.status == .notFound)
        #expect(answer.code == "path-unknown")
    }

    @Test(arguments: [
        ("/v1/stream", "GET, HEAD, OPTIONS", [HTTPRequest.Method.post, .put, .delete, .patch, .trace]),
        ("/v1/publish", "POST, OPTIONS", [.get, .head, .put, .delete, .connect]),
    ])
    func `a wrong method is told the right ones`(path: String, allow: String, methods: [HTTPRequest.Method]) throws {
        let bench = try GatewayBench()
        for method in methods {
            let answer = try bench.answer(GatewayBench.request(method, path, token: try bench.token()))
            #expect(answer.status == .methodNotAllowed)
            #expect(answer.code == "method-not-allowed")
            #expect(answer.fields[.allow] == allow)
        }
    }
}
