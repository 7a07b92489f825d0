import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServing

/// Whole requests as bytes in, whole responses as bytes out, through the real decoder and encoder.
@Suite struct HTTP1ConnectionTests {
    private static func get(_ path: String, _ fields: String = "", version: String = "HTTP/1.1") -> String {
        "GET \(path) \(version)\r\nHost: sluice\r\n\(fields)\r\n"
    }

    private static func post(_ body: String, _ fields: String = "", version: String = "HTTP/1.1") -> String {
        "POST /p \(version)\r\nHost: sluice\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }

    // MARK: Keep-alive

    @Test func `an answer is the bytes that RFC 9112 has`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        try await wire.send(Self.get("/a"))
        #expect(
            try await wire.received()
                == "HTTP/1.1 200 OK\r\ndate: \(Wire.date)\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n/a")
    }

    @Test func `requests follow each other on one connection`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        for number in 0..<3 {
            let response = try await wire.exchange(Self.get("/\(number)"))
            #expect(response.body == "/\(number)")
            #expect(response["connection"] == nil)
            #expect(try await wire.exchange(Self.post("body \(number)")).body == "body \(number)")
        }
        #expect(wire.isReading)
    }

    @Test func `a client that wants no further request is closed behind its answer`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        let response = try await wire.exchange(Self.get("/a", "Connection: close\r\n") + Self.get("/b"))
        #expect(response.body == "/a")
        #expect(response["connection"] == "close")
        #expect(response.rest == "")
        #expect(wire.isClosed)
    }

    @Test func `HTTP 1.0 is closed unless it asks otherwise`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        let kept = try await wire.exchange(Self.get("/a", "Connection: keep-alive\r\n", version: "HTTP/1.0"))
        #expect(kept.version == "HTTP/1.0")
        #expect(kept["connection"] == "keep-alive")
        #expect(!wire.isClosed)
        let last = try await wire.exchange(Self.get("/b", version: "HTTP/1.0"))
        #expect(last["connection"] == "close")
        #expect(last["transfer-encoding"] == nil)
        #expect(last.body == "/b")
        #expect(wire.isClosed)
    }

    @Test func `HTTP 1.0 needs no Host`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        #expect(try await wire.exchange("GET /a HTTP/1.0\r\n\r\n").body == "/a")
    }

    @Test func `a request that would change the protocol is answered and is the last`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        let upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
        let response = try await wire.exchange(Self.get("/a", upgrade))
        #expect(response.status == 200)
        #expect(response["connection"] == "close")
        #expect(wire.isClosed)
    }

    // MARK: Pipelining

    @Test func `ten requests in one read are answered in their order`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        let requests = (0..<10).map { $0.isMultiple(of: 2) ? Self.get("/\($0)") : Self.post("/\($0)") }
        try await wire.send(requests.joined())
        let responses = try Response.all(in: try await wire.received())
        #expect(responses.map(\.body) == (0..<10).map { "/\($0)" })
        #expect(!wire.isClosed)
    }

    /// As when a flush fails, and all that the client has sent is read within it.
    @Test func `what is read while a request is answered stands behind what was read before`() async throws {
        let meanwhile = NIOLockedValueBox<(@Sendable () -> Void)?>(nil)
        let judge = ScriptedJudge { _ in
            .collect(
                BodyPlan(limit: 1024, tooLarge: { .tooLarge }) { body, respond in
                    let text = String(buffer: body)
                    if text == "now" { meanwhile.withLockedValue { $0 }?() }
                    respond(.text(text))
                })
        }
        let wire = try await Wire(judge)
        for text in ["known", "head"] { #expect(try await wire.exchange(Self.post(text)).body == text) }
        let (channel, rest) = (wire.channel, Self.post("third"))
        meanwhile.withLockedValue {
            $0 = { channel.pipeline.fireChannelRead(ByteBuffer(string: "cond" + rest)) }
        }
        try await wire.send(Self.post("now") + Self.post("second").dropLast(4))
        #expect(try Response.all(in: try await wire.received()).map(\.body) == ["now", "second", "third"])
        #expect(!wire.isClosed)
    }

    @Test func `ten requests whose answers come later, from another thread, are answered in their order`() async throws
    {
        let late = LateAnswers()
        let judge = ScriptedJudge { _ in .collect(late.plan()) }
        let wire = try await Wire(judge)
        try await wire.send((0..<10).map { Self.post("body \($0)") }.joined())
        for number in 0..<10 {
            #expect(late.count == 1, "one request at a time")
            #expect(judge.requests.count == number + 1, "a request is not looked at before the one ahead is answered")
            #expect(!wire.isReading, "no more is read than can be handled")
            #expect(late.release())
            #expect(try Response(try await wire.received()).body == "body \(number)")
        }
        #expect(wire.isReading)
        #expect(!wire.isClosed)
    }

    @Test func `a request behind one whose answer closes the connection is never looked at`() async throws {
        let late = LateAnswers()
        let judge = ScriptedJudge { _ in .collect(late.plan()) }
        let wire = try await Wire(judge)
        try await wire.send(Self.post("last", "Connection: close\r\n") + Self.post("more"))
        #expect(late.release())
        #expect(try Response.all(in: try await wire.received()).map(\.body) == ["last"])
        #expect(wire.isClosed)
        #expect(judge.requests.count == 1)
    }

    @Test func `garbage behind a request that is being answered is refused behind its answer`() async throws {
        let late = LateAnswers()
        let judge = ScriptedJudge { _ in .collect(late.plan()) }
        let wire = try await Wire(judge)
        try await wire.send(Self.post("good") + "garbage\r\n\r\n")
        #expect(!wire.isClosed)
        #expect(late.release())
        let responses = try Response.all(in: try await wire.received())
        #expect(responses.first?.body == "good")
        #expect(responses.map(\.status) == [200, 400])
        #expect(responses.last?["connection"] == "close")
    }

    @Test func `an answer for a client that has left goes nowhere`() async throws {
        let late = LateAnswers()
        let wire = try await Wire(ScriptedJudge { _ in .collect(late.plan()) })
        try await wire.send(Self.post("a") + Self.post("b"))
        try await wire.hangUp()
        #expect(late.release())
        #expect(try await wire.received() == "")
        #expect(!late.release(), "the request behind it is not begun")
    }

    @Test func `no request is read while the client takes no answers`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        try await wire.setWritable(false)
        try await wire.send(Self.get("/a"))
        #expect(!wire.isReading)
        #expect(try await wire.received() == "", "nor is one answered that was read already")
        try await wire.setWritable(true)
        #expect(try Response(try await wire.received()).body == "/a")
        #expect(wire.isReading)
    }

    // MARK: Methods and statuses

    @Test func `a client that waits for a word before its body gets it`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        try await wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n")
        #expect(try await wire.received() == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(try await wire.exchange("hi").body == "hi")
        #expect(try await wire.exchange(Self.get("/next")).body == "/next")
    }

    @Test func `a client of HTTP 1.0 is not told to continue`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        try await wire.send("POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        #expect(try await wire.received() == "")
        #expect(try await wire.exchange("hi").body == "hi")
    }

    @Test func `a client that waits for a word and is refused is told at once`() async throws {
        let wire = try await Wire(ScriptedJudge { _ in .answer(Problem(.unauthorized, "no", "No.").answer) })
        let response = try await wire.exchange(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        #expect(response.status == 401)
        #expect(response["connection"] == "close")
        #expect(response.rest == "")
        await wire.pass(.seconds(2))
        #expect(wire.isClosed)
    }

    @Test(arguments: ["HTTP/1.1", "HTTP/1.0"])
    func `HEAD gets the fields of GET and no byte of a body`(version: String) async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        let fields = "HEAD /abc \(version)\r\nHost: sluice\r\nConnection: keep-alive\r\n\r\n"
        try await wire.send(fields + Self.get("/next"))
        let first = try Response(try await wire.received(), isHead: true)
        #expect(first["content-length"] == "4")
        #expect(first["transfer-encoding"] == nil)
        #expect(try Response(first.rest).body == "/next")
    }

    @Test func `HEAD of a stream ends without a chunk`() async throws {
        let wire = try await Wire(
            ScriptedJudge { _ in .answer(Answer(.ok, fields: [.contentType: "text/event-stream"])) })
        try await wire.send("HEAD /v1/stream HTTP/1.1\r\nHost: a\r\n\r\n")
        let response = try Response(try await wire.received(), isHead: true)
        #expect(response["content-type"] == "text/event-stream")
        #expect(response["content-length"] == nil)
        #expect(response.rest == "")
        #expect(!wire.isClosed)
    }

    @Test func `204 has neither length nor body`() async throws {
        let wire = try await Wire(ScriptedJudge { _ in .answer(Answer(.noContent)) })
        try await wire.send(Self.get("/") + Self.get("/"))
        #expect(
            try await wire.received()
                == String(repeating: "HTTP/1.1 204 No Content\r\ndate: \(Wire.date)\r\n\r\n", count: 2))
    }

    @Test func `a refusal is counted once, by its reason, and leaves a connection without a body open`() async throws {
        let metrics = RefusalCounter()
        let problem = Problem(.notFound, "path-unknown", "Nothing \"here\".", fields: [.allow: "GET"])
        let wire = try await Wire(ScriptedJudge { _ in .answer(problem.answer) }, metrics: metrics)
        let response = try await wire.exchange(Self.get("/x"))
        #expect(response["content-type"] == "application/problem+json")
        #expect(response["cache-control"] == "no-store")
        #expect(response["allow"] == "GET")
        #expect(
            response.body
                == #"{"type":"urn:sluice:problem:path-unknown","title":"Not Found","status":404,"#
                + #""detail":"Nothing \"here\".","code":"path-unknown"}"#)
        #expect(metrics.reasons == ["path-unknown"])
        #expect(!wire.isClosed)
    }

    @Test func `the rules see the request as it was sent`() async throws {
        let judge = ScriptedJudge.echo()
        let wire = try await Wire(judge)
        try await wire.send("OPTIONS /a?b=c HTTP/1.1\r\nHost: h:8443\r\nX-Twice: 1\r\nx-twice: 2\r\n\r\n")
        let request = try #require(judge.requests.first)
        #expect(request.method == .options)
        #expect(request.authority == "h:8443")
        #expect(request.path == "/a?b=c")
        #expect(request.headerFields[values: try #require(HTTPField.Name("X-Twice"))] == ["1", "2"])
    }

    /// Fields that are the same as the last request's are not checked again: only those.
    @Test func `each request has its own fields, whatever the one before had`() async throws {
        let judge = ScriptedJudge.echo()
        let wire = try await Wire(judge)
        let heads = [
            "X-A: 1\r\nX-B: 2\r\n", "X-A: 1\r\nX-B: 3\r\n", "X-B: 3\r\nX-A: 1\r\n", "X-A: 4 \r\n",
            "X-A: 4\r\nX-B: \r\n",
        ]
        for head in heads { try await wire.send("GET / HTTP/1.1\r\nHost: h\r\n\(head)\r\n") }
        let fields = judge.requests.map { request in
            request.headerFields.filter { $0.name.canonicalName != "host" }.map { "\($0.name.rawName)=\($0.value)" }
        }
        #expect(
            fields == [["X-A=1", "X-B=2"], ["X-A=1", "X-B=3"], ["X-B=3", "X-A=1"], ["X-A=4"], ["X-A=4", "X-B="]])
    }

    @Test func `a value that is none is refused, whatever the one before had`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        #expect(try await wire.exchange(Self.get("/", "X-A: 1\r\n")).status == 200)
        #expect(try await wire.exchange(Self.get("/", "X-A: \u{1}\r\n")).status == 400)
    }

    // MARK: Going down

    @Test func `going down closes an idle connection`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        try await wire.fire(ChannelShouldQuiesceEvent())
        #expect(wire.isClosed)
    }

    @Test func `going down lets a request under way be answered as the last`() async throws {
        let late = LateAnswers()
        let wire = try await Wire(ScriptedJudge { _ in .collect(late.plan()) })
        try await wire.send(Self.post("last"))
        try await wire.fire(ChannelShouldQuiesceEvent())
        #expect(!wire.isClosed)
        #expect(late.release())
        let response = try Response(try await wire.received())
        #expect(response.body == "last")
        #expect(response["connection"] == "close")
        #expect(wire.isClosed)
    }

    @Test func `a client that closes its side ends the connection`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        try await wire.fire(ChannelEvent.inputClosed)
        #expect(wire.isClosed)
    }

    // MARK: Clients that close their side

    @Test func `a client that closes its side behind a request gets its answer, and then the end`() async throws {
        let late = LateAnswers()
        let wire = try await Wire(ScriptedJudge { _ in .collect(late.plan()) })
        try await wire.send(Self.post("owed"))
        try await wire.fire(ChannelEvent.inputClosed)
        #expect(!wire.isClosed)
        #expect(late.release())
        let response = try Response(try await wire.received())
        #expect(response.body == "owed")
        #expect(response["connection"] == "close")
        #expect(wire.isClosed)
    }

    @Test func `all that it asked for is answered, in order`() async throws {
        let late = LateAnswers()
        let wire = try await Wire(ScriptedJudge { _ in .collect(late.plan()) })
        try await wire.send(Self.post("first") + Self.post("second") + Self.post("third"))
        try await wire.fire(ChannelEvent.inputClosed)
        for text in ["first", "second", "third"] {
            #expect(!wire.isClosed)
            #expect(late.release())
            #expect(try await wire.received().contains(text))
        }
        #expect(wire.isClosed)
    }

    @Test func `what it did not finish is not waited for`() async throws {
        let late = LateAnswers()
        let wire = try await Wire(ScriptedJudge { _ in .collect(late.plan()) })
        try await wire.send(Self.post("whole") + "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
        try await wire.fire(ChannelEvent.inputClosed)
        #expect(late.release())
        #expect(try await wire.received().contains("whole"))
        #expect(wire.isClosed && late.count == 0)
    }

    @Test func `an answer is waited for only so long when its client can't show that it is there`() async throws {
        let late = LateAnswers()
        let wire = try await Wire(ScriptedJudge { _ in .collect(late.plan()) })
        try await wire.send(Self.post("owed"))
        try await wire.fire(ChannelEvent.inputClosed)
        await wire.pass(.seconds(29))
        #expect(!wire.isClosed)
        await wire.pass(.seconds(1))
        #expect(wire.isClosed)
        #expect(late.release())
    }

    /// The socket is read to its end when the client closes its side, whoever wants to read or not.
    @Test func `requests that wait behind an answer hold bounded memory`() async throws {
        let late = LateAnswers()
        let judge = ScriptedJudge { _ in .collect(late.plan(limit: 65_536)) }
        let wire = try await Wire(judge)
        let piece = String(repeating: "x", count: 60_000)
        for _ in 1...20 { try await wire.send(Self.post(piece)) }
        try await wire.fire(ChannelEvent.inputClosed)
        while late.release() { _ = try await wire.received() }
        #expect(wire.isClosed)
        #expect((4...6).contains(judge.requests.count), "\(judge.requests.count) of 20 requests were kept")
    }

    /// A body of which a part was not kept would be another body, and what follows it another request.
    @Test func `a request of which a part finds no room is not handled`() async throws {
        let late = LateAnswers()
        let judge = ScriptedJudge { _ in .collect(late.plan(limit: 1 << 20)) }
        let wire = try await Wire(judge)
        try await wire.send(Self.post("first"))
        let piece = String(repeating: "x", count: 60_000)
        try await wire.send("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 480000\r\n\r\n")
        for _ in 1...7 { try await wire.send(piece) }
        #expect(late.release())
        try await wire.send(piece + Self.post("last"))
        let text = try await wire.received()
        #expect(text.contains("first") && !late.release())
        #expect(wire.isClosed)
        #expect(judge.requests.count <= 2)
    }
}
