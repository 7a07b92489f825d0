import FrameClient
import HTTP2Kit
import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@testable import HTTPServing

/// Whole requests as frames in, whole responses as frames out.
@Suite struct HTTP2ConnectionTests {
    // MARK: Answers

    @Test func `the gateway speaks first, and says its limits`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), greets: false)
        let first = try #require(try await wire.received().first)
        #expect(first.kind == .settings)
        let limit = Frame.settings([(3, 100)]).payload
        #expect(first.payload.starts(with: limit))
    }

    @Test func `a request is answered with head and body`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        let response = try await wire.exchange(.request(1, "/a"))
        #expect(
            response.fields == [
                ":status": "200", "date": Wire.date, "content-type": "text/plain", "content-length": "2",
            ])
        #expect(response.body == "/a")
        #expect(response.isComplete)
        #expect(response.resetCode == nil)
        #expect(!wire.isClosed)
    }

    @Test func `requests of one turn are answered in one write`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        let flushes = wire.flushes
        try await wire.send(bytes: (0..<64).flatMap { Frame.request(1 + 2 * $0, "/\($0)").bytes })
        let frames = try await wire.received()
        for number in 0..<64 as Range<UInt32> { #expect(frames.text(of: 1 + 2 * number) == "/\(number)") }
        #expect(wire.flushes == flushes + 4)
    }

    @Test func `a request may come byte by byte`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        let frames = Frame.request(1, "POST", "/", ends: false).bytes + Frame.data(1, "hello", ends: true).bytes
        for byte in frames { try await wire.send(bytes: [byte]) }
        #expect(try await wire.received().text(of: 1) == "hello")
    }

    @Test func `HEAD gets the fields of GET and no byte of a body`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        let response = try await wire.exchange(.request(1, "HEAD", "/abc"))
        #expect(response.fields["content-length"] == "4")
        #expect(response.body == "" && response.isComplete)
    }

    @Test func `204 has neither length nor body`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .answer(Answer(.noContent)) })
        let response = try await wire.exchange(.request(1, "/"))
        #expect(response.fields == [":status": "204", "date": Wire.date])
        #expect(response.isComplete)
    }

    @Test func `a large answer takes as many frames and windows as it needs`() async throws {
        let text = String(repeating: "0123456789", count: 20_000)
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .answer(.text(text)) })
        try await wire.send(.request(1, "/"))
        var body = try await wire.received().text(of: 1)
        #expect(body.utf8.count == 65_535)
        while body.utf8.count < text.utf8.count {
            try await wire.send(.windowUpdate(0, 50_000), .windowUpdate(1, 50_000))
            let more = try await wire.received()
            #expect(more.of(.data).allSatisfy { $0.payload.count <= 16_384 })
            body += more.text(of: 1)
        }
        #expect(body == text)
    }

    @Test func `the rules see the request as it was sent`() async throws {
        let judge = ScriptedJudge.echo()
        let wire = try await HTTP2Wire(judge)
        try await wire.send(.request(1, "OPTIONS", "/a?b=c", [("x-twice", "1"), ("x-twice", "2"), ("cookie", "a=b")]))
        let request = try #require(judge.requests.first)
        #expect(request.method == .options)
        #expect(request.authority == "sluice" && request.scheme == "https")
        #expect(request.path == "/a?b=c")
        #expect(request.headerFields[values: try #require(HTTPField.Name("X-Twice"))] == ["1", "2"])
        #expect(request.headerFields[.cookie] == "a=b")
    }

    @Test func `a refusal has the status, fields and body that it has over HTTP 1`() async throws {
        let problem = Problem(.notFound, "path-unknown", "Nothing \"here\".", fields: [.allow: "GET"])
        let (old, new) = (RefusalCounter(), RefusalCounter())
        let judge = ScriptedJudge { _ in .answer(problem.answer) }
        let one = try await Wire(judge, metrics: old).exchange("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        let two = try await HTTP2Wire(judge, metrics: new).exchange(.request(1, "/x"))
        #expect(two.body == one.body)
        #expect(two.status == String(one.status))
        for (name, value) in one.fields { #expect(two.fields[name] == value) }
        #expect(old.reasons == new.reasons)
    }

    // MARK: Bodies

    @Test func `a body is collected and answered`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        try await wire.send(.request(1, "POST", "/", ends: false))
        try await wire.send(.data(1, "hel"), .data(1, "lo"))
        #expect(try await wire.received().text(of: 1) == "")
        try await wire.send(.data(1, "!", ends: true))
        let response = HTTP2Response(try await wire.received(), stream: 1)
        #expect(response.body == "hello!" && response.isComplete && response.resetCode == nil)
    }

    @Test func `trailers end a body and are not looked at`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        let response = try await wire.exchange(
            .request(1, "POST", "/", ends: false), .data(1, "hi"), .headers(1, [("x-checksum", "1")]))
        #expect(response.body == "hi" && response.isComplete)
    }

    @Test func `a POST without a body is answered`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        #expect(try await wire.exchange(.request(1, "POST", "/")).status == "200")
    }

    @Test func `bodies of several requests do not mix`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        try await wire.send(.request(1, "POST", "/", ends: false), .request(3, "POST", "/", ends: false))
        try await wire.send(.data(3, "b"), .data(1, "a"), .data(3, "B", ends: true), .data(1, "A", ends: true))
        let frames = try await wire.received()
        #expect(frames.text(of: 1) == "aA" && frames.text(of: 3) == "bB")
    }

    @Test func `a body that is taken is credited, so that a long one goes through`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo(limit: 1_000_000))
        try await wire.send(.request(1, "POST", "/", ends: false))
        var (window, connection, sent) = (65_535, 65_535, 0)
        let piece = String(repeating: "x", count: 16_000)
        while sent < 40 {
            #expect(min(window, connection) >= piece.utf8.count, "the client could not send on")
            try await wire.send(.data(1, piece, ends: sent == 39))
            (window, connection, sent) = (window - 16_000, connection - 16_000, sent + 1)
            for frame in try await wire.received().of(.windowUpdate) {
                let count = Int(frame.payload.reduce(0 as UInt32) { $0 << 8 | UInt32($1) })
                if frame.stream == 1 { window += count } else { connection += count }
            }
        }
        try await wire.send(.windowUpdate(0, 1_000_000), .windowUpdate(1, 1_000_000))
        #expect(connection >= 32_000)
    }

    @Test func `bodies that hold too much together are credited no more`() async throws {
        var limits = HTTP2Limits()
        limits.heldBodyBytes = 50_000
        let late = LateAnswers()
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(late.plan(limit: 1_000_000)) }, limits: limits)
        let piece = String(repeating: "x", count: 15_000)
        var credit = 0
        for stream in [1, 3, 5, 7] as [UInt32] {
            try await wire.send(.request(stream, "POST", "/", ends: false), .data(stream, piece))
            credit += try await wire.received().of(.windowUpdate).filter { $0.stream == 0 }.count
        }
        #expect(credit == 1, "half the window is given back once, and the rest is held")
        try await wire.send(.data(1, "", ends: true))
        try await wire.send(.data(3, "", ends: true))
        #expect(try await wire.received().of(.windowUpdate).contains { $0.stream == 0 } || late.count == 2)
    }

    @Test func `a body over the limit is refused, and its stream ended`() async throws {
        let metrics = RefusalCounter()
        let wire = try await HTTP2Wire(ScriptedJudge.echo(limit: 4), metrics: metrics)
        let response = try await wire.exchange(.request(1, "POST", "/", ends: false), .data(1, "hello"))
        #expect(response.status == "413" && response.body == "too large" && response.isComplete)
        #expect(response.resetCode == nil, "a client that is told at once may not look at its answer")
        #expect(metrics.reasons == ["body-too-large"])
        #expect(try await wire.exchange(.data(1, "more"), .request(3, "/next"), stream: 3).body == "/next")
        await wire.pass(.seconds(3))
        #expect(HTTP2Response(try await wire.received(), stream: 1).resetCode == WireErrorCode.noError.rawValue)
    }

    @Test func `a request answered before its body may send it, and it is thrown away`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .answer(Problem(.unauthorized, "no", "No.").answer) })
        let response = try await wire.exchange(.request(1, "POST", "/", ends: false))
        #expect(response.status == "401" && response.isComplete)
        let piece = String(repeating: "x", count: 16_000)
        for _ in 0..<3 { try await wire.send(.data(1, piece)) }
        let updates = try await wire.received().of(.windowUpdate)
        #expect(Set(updates.map(\.stream)) == [0, 1], "or it could not finish")
        try await wire.send(.data(1, piece, ends: true))
        await wire.pass(.seconds(3))
        #expect(try await wire.received().of(.reset).isEmpty)
        #expect(try await wire.exchange(.request(3, "/"), stream: 3).status == "401")
    }

    @Test func `a body that does not come in time is refused`() async throws {
        let metrics = RefusalCounter()
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), metrics: metrics)
        try await wire.send(.request(1, "POST", "/", ends: false), .data(1, "hel"))
        await wire.pass(.seconds(29))
        #expect(try await wire.received().of(.headers).isEmpty)
        await wire.pass(.seconds(2))
        let response = HTTP2Response(try await wire.received(), stream: 1)
        #expect(response.status == "408" && response.isComplete)
        #expect(metrics.reasons == ["request-timeout"])
        await wire.pass(.seconds(3))
        #expect(HTTP2Response(try await wire.received(), stream: 1).resetCode == 0)
        #expect(!wire.isClosed)
    }

    @Test func `a client that waits for a word before its body gets it`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        try await wire.send(.request(1, "POST", "/", [("expect", "100-continue")], ends: false))
        let first = try await wire.received()
        let ends = first.filter(\.endsStream)
        #expect(first.map(\.fields) == [[":status": "100"]] && ends.isEmpty)
        #expect(try await wire.exchange(.data(1, "hi", ends: true)).body == "hi")
    }

    @Test func `an answer that comes later, from another thread, is sent`() async throws {
        let late = LateAnswers()
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(late.plan()) })
        for stream in [1, 3, 5] as [UInt32] {
            try await wire.send(.request(stream, "POST", "/", ends: false), .data(stream, "\(stream)", ends: true))
        }
        #expect(late.count == 3, "requests do not wait for each other")
        for stream in [1, 3, 5] as [UInt32] {
            #expect(late.release())
            #expect(try await wire.received().text(of: stream) == "\(stream)")
        }
    }

    @Test func `an answer for a client that has left goes nowhere`() async throws {
        let late = LateAnswers()
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(late.plan()) })
        try await wire.send(.request(1, "POST", "/"), .request(3, "POST", "/"))
        try await wire.send(.reset(3))
        try await wire.hangUp()
        #expect(late.release() && late.release())
        #expect(try await wire.received().of(.headers).isEmpty)
    }

    @Test func `an answer that is never taken is given up`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), settings: [(4, 0)])
        #expect(try await wire.exchange(.request(1, "/abc")).body == "")
        await wire.pass(.seconds(31))
        #expect(HTTP2Response(try await wire.received(), stream: 1).resetCode == WireErrorCode.cancel.rawValue)
    }

    // MARK: What RFC 9113 §8 forbids

    @Test(arguments: [
        [(":method", "GET"), (":scheme", "https"), (":path", "/")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/é")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "*")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), ("host", "b")],
        [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("host", "a"), ("host", "a")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), ("X-Upper", "1")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), ("connection", "close")],
        [
            (":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"),
            ("transfer-encoding", "chunked"),
        ],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), ("a", "b\r\nc: d")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), ("a b", "c")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), (":path", "/b")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), (":status", "200")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), ("x", "1"), (":path", "/")],
        [(":method", "POST"), (":scheme", "https"), (":authority", "a"), (":path", "/"), ("content-length", "5")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), ("content-length", "-1")],
    ])
    func `a request that is none is refused alone`(fields: [(String, String)]) async throws {
        let judge = ScriptedJudge.echo()
        let wire = try await HTTP2Wire(judge)
        let response = try await wire.exchange(.headers(1, fields))
        let isReset = response.resetCode == WireErrorCode.protocolError.rawValue && response.status == nil
        #expect(isReset || response.status == "400", "\(response)")
        #expect(judge.requests.isEmpty)
        #expect(try await wire.exchange(.request(3, "/next"), stream: 3).body == "/next")
    }

    @Test func `Host may say what the authority says`() async throws {
        let judge = ScriptedJudge.echo()
        let wire = try await HTTP2Wire(judge)
        #expect(try await wire.exchange(.request(1, "/", [("host", "sluice")])).status == "200")
        let fields = [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("host", "alone")]
        #expect(try await wire.exchange(.headers(3, fields), stream: 3).status == "200")
        #expect(judge.requests.map(\.authority) == ["sluice", "alone"])
    }

    @Test func `a body longer or shorter than its length is refused`() async throws {
        let judge = ScriptedJudge.echo()
        let wire = try await HTTP2Wire(judge)
        let length = [("content-length", "3")]
        for (stream, text) in [(1, "hello"), (3, "hi")] as [(UInt32, String)] {
            let response = try await wire.exchange(
                .request(stream, "POST", "/", length, ends: false), .data(stream, text, ends: true), stream: stream)
            #expect(response.resetCode == WireErrorCode.protocolError.rawValue)
            #expect(response.status == nil)
        }
    }

    @Test func `fields over the limit are refused as over HTTP 1`() async throws {
        var limits = HTTP2Limits()
        limits.headerListBytes = 1024
        let metrics = RefusalCounter()
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), limits: limits, metrics: metrics)
        let long = String(repeating: "x", count: 1000)
        #expect(try await wire.exchange(.request(1, "/", [("a", long)])).status == "431")
        #expect(metrics.reasons == ["head-too-large"])
        #expect(try await wire.exchange(.request(3, "/next"), stream: 3).body == "/next")
    }
}
