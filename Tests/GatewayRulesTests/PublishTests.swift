import EventLog
import HTTPTypes
import HTTPWire
import MemoryEventLog
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// Publishing through the gateway's rules, into the log and back.
@Suite struct PublishTests {
    private static func event(_ user: String, _ data: String = "x") -> String {
        #"{"to":{"user":"\#(user)"},"data":"\#(data)"}"#
    }

    // MARK: One event

    @Test func `an event is answered with its id and how many streams it is for`() async throws {
        let bench = try GatewayBench()
        let wires = [
            try await Wire(bench.bench.judge(user: "alice"), on: bench.bench.loop),
            try await Wire(bench.bench.judge(user: "alice"), on: bench.bench.loop),
            try await Wire(bench.bench.judge(user: "bob"), on: bench.bench.loop),
        ]
        for wire in wires { try await wire.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n") }
        let answer = try await bench.publish(Self.event("alice"))
        #expect(answer.status == .ok)
        #expect(answer.text == #"{"id":"testepoch-1","streams":2}"#)
        #expect(answer.fields[.contentType] == "application/json")
        #expect(answer.fields[.cacheControl] == "no-store")
        #expect(answer.refusal == nil)
        let everyone = try await bench.publish(#"{"to":{"everyone":true},"event":"e","data":[1, 2]}"#)
        #expect(everyone.text == #"{"id":"testepoch-2","streams":3}"#)
        let both = #"id: testepoch-1\#ndata: x\#n\#n"#
        #expect(try await wires[0].received().contains(both))
        let last = try await wires[2].received()
        #expect(last.contains("id: testepoch-2\nevent: e\ndata: [1, 2]\n\n"))
        #expect(!last.contains(both))
    }

    @Test func `an event for nobody is taken`() async throws {
        let bench = try GatewayBench()
        #expect(try await bench.publish(Self.event("nobody")).text == #"{"id":"testepoch-1","streams":0}"#)
    }

    /// What is stored is not to be sent again.
    @Test func `a batch that fails in part is answered line by line`() async throws {
        let bench = try GatewayBench(isShared: true)
        var lost = EventLogError(.unavailable, "away", retrySeconds: 1)
        lost.mayBeStored = true
        var error = lost
        let id = LoggedEventID(epoch: try #require(Epoch("testepoch")), sequence: 7)
        error.parts = [.failure(lost), .success(Receipt(id: id, streams: 2)), .failure(EventLogError(.tooLarge, "x"))]
        bench.bench.failure.withLockedValue { [error] in $0 = error }
        let body = [Self.event("alice"), "{}", Self.event("bob"), Self.event("carol")]
        let answer = try await bench.publish(
            body.joined(separator: "\n"), type: "application/x-ndjson")
        #expect(answer.status == .ok)
        let lines = answer.text.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[0].contains(#""code":"log-unavailable""#) && lines[0].contains("not known whether it is stored"))
        #expect(lines[1].contains("publish-invalid"))
        #expect(lines[2] == #"{"id":"testepoch-7","streams":2}"#)
        #expect(lines[3].contains("event-too-large"))
        #expect(bench.published.withLockedValue { $0.last?.events.map(\.receipt.id) } == [id])
        #expect(bench.published.withLockedValue { $0.last?.isRepeat } == false)
        error.isRepeat = true
        bench.bench.failure.withLockedValue { [error] in $0 = error }
        _ = try await bench.publish(body.joined(separator: "\n"), type: "application/x-ndjson")
        #expect(bench.published.withLockedValue { $0.last?.isRepeat } == true)
        error.parts = [.failure(lost), .failure(EventLogError(.tooLarge, "x")), .failure(lost)]
        bench.bench.failure.withLockedValue { [error] in $0 = error }
        _ = try await bench.publish(body.joined(separator: "\n"), type: "application/x-ndjson")
        #expect(bench.published.withLockedValue { $0.count } == 2, "nothing is stored")
        bench.bench.failure.withLockedValue { $0 = lost }
        let whole = try await bench.publish(Self.event("alice"))
        #expect(whole.status == .serviceUnavailable && whole.text.contains("Idempotency-Key"))
    }

    @Test func `a bad event is not in the log`() async throws {
        let bench = try GatewayBench()
        for body in ["", "{}", Self.event(""), Self.event("a", String(repeating: "x", count: 257))] {
            let answer = try await bench.publish(body)
            #expect(answer.refusal != nil)
            #expect(answer.fields[.contentType] == "application/problem+json")
        }
        #expect(bench.bench.log.head == 0)
    }

    // MARK: The audit

    @Test func `the audit has who for whom and which, and a refused event is not in it`() async throws {
        let bench = try GatewayBench()
        _ = try await bench.publish(#"{"to":{"users":["a","b"]},"data":"x"}"#)
        _ = try await bench.publish("{}")
        let requests = bench.published.withLockedValue { $0 }
        #expect(requests.count == 1)
        let request = try #require(requests.first)
        #expect(request.events.map(\.audience) == [.users(["a", "b"])])
        #expect(request.events.map(\.receipt.id.description) == ["testepoch-1"])
        #expect(request.request != nil && !request.publisher.isEmpty)
    }

    // MARK: The same request again

    private static func key(_ text: String) -> HTTPFields {
        HTTPField.Name("Idempotency-Key").map { [$0: text] } ?? [:]
    }

    @Test func `a retry gets the first answer and is no second event`() async throws {
        let bench = try GatewayBench()
        let first = try await bench.publish(Self.event("alice"), Self.key("k1"))
        let wire = try await Wire(bench.bench.judge(user: "alice"), on: bench.bench.loop)
        try await wire.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        let second = try await bench.publish(Self.event("alice"), Self.key("k1"))
        #expect(first.text == #"{"id":"testepoch-1","streams":0}"#)
        #expect(second.text == first.text)
        #expect(bench.bench.log.head == 1)
        #expect(bench.published.withLockedValue { $0.map(\.isRepeat) } == [false, true])
        await bench.bench.loop.run()
        #expect(try await !wire.received().contains("data: x"))
    }

    @Test func `a retry of a batch gets each line's first answer`() async throws {
        let bench = try GatewayBench()
        let body = [Self.event("a"), "nonsense", Self.event("b")].joined(separator: "\n")
        let first = try await bench.publish(body, type: "application/x-ndjson", Self.key("k1"))
        let second = try await bench.publish(body, type: "application/x-ndjson", Self.key("k1"))
        #expect(Self.lines(first).count == 4)
        #expect(second.text == first.text)
        #expect(bench.bench.log.head == 2)
    }

    @Test func `a key is one whether it is quoted or not`() async throws {
        let bench = try GatewayBench()
        let first = try await bench.publish(Self.event("alice"), Self.key("8e03978e-40d5"))
        #expect(try await bench.publish(Self.event("alice"), Self.key(#""8e03978e-40d5""#)).text == first.text)
    }

    @Test func `the same key with another body is an error of the publisher's`() async throws {
        let bench = try GatewayBench()
        _ = try await bench.publish(Self.event("alice"), Self.key("k1"))
        let answer = try await bench.publish(Self.event("bob"), Self.key("k1"))
        #expect(answer.status == .unprocessableContent)
        #expect(answer.code == "idempotency-key-reused")
        #expect(bench.bench.log.head == 1)
    }

    @Test func `two publishers' keys have nothing to do with each other`() async throws {
        let bench = try GatewayBench()
        for publisher in ["one", "two"] {
            let token = try bench.token(publisher, publish: ["user:*"])
            let answer = try await bench.publish(Self.event("alice"), token: token, Self.key("k1"))
            #expect(answer.status == .ok)
        }
        #expect(bench.bench.log.head == 2)
    }

    @Test func `a retry with a token that is granted less does not get ids that are not its own`() async throws {
        let bench = try GatewayBench()
        let body = [Self.event("alice"), Self.event("bob")].joined(separator: "\n")
        let all = try bench.token("backend", publish: ["user:*"])
        _ = try await bench.publish(body, token: all, type: "application/x-ndjson", Self.key("k1"))
        let less = try bench.token("backend", publish: ["user:bob"])
        let answer = try await bench.publish(body, token: less, type: "application/x-ndjson", Self.key("k1"))
        #expect(answer.status == .unprocessableContent)
    }

    @Test func `a request that was refused leaves its key free`() async throws {
        let bench = try GatewayBench()
        #expect(try await bench.publish("nonsense", Self.key("k1")).status == .badRequest)
        #expect(try await bench.publish(Self.event("alice"), Self.key("k1")).status == .ok)
    }

    @Test func `a key is forgotten after its time`() async throws {
        let bench = try GatewayBench()
        _ = try await bench.publish(Self.event("alice"), Self.key("k1"))
        await bench.bench.pass(.hours(24))
        #expect(try await bench.publish(Self.event("bob"), Self.key("k1")).text.contains("testepoch-2"))
    }

    @Test(arguments: ["", #""""#, "a b", #"a"b"#, #""a\"b""#, "ä", String(repeating: "k", count: 256), "a, b"])
    func `a key that is none is refused`(key: String) async throws {
        let answer = try await GatewayBench().publish(Self.event("alice"), Self.key(key))
        #expect(answer.status == .badRequest)
        #expect(answer.code == "idempotency-key-invalid")
    }

    @Test func `two keys are none`() async throws {
        let answer = try await GatewayBench().publish(Self.event("alice"), Self.key("a") + Self.key("b"))
        #expect(answer.code == "idempotency-key-invalid")
    }

    // MARK: Many events

    private static func lines(_ answer: Answer) -> [String] {
        answer.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func `each line is answered in its order, good or bad`() async throws {
        let bench = try GatewayBench()
        let token = try bench.token(publish: ["user:alice"])
        let body = [Self.event("alice", "1"), "nonsense", Self.event("bob"), Self.event("alice", "2")]
        let answer = try await bench.publish(
            body.joined(separator: "\n") + "\n", token: token, type: "application/x-ndjson")
        #expect(answer.status == .ok)
        #expect(answer.fields[.contentType] == "application/x-ndjson")
        let lines = Self.lines(answer)
        #expect(lines.count == 5)
        #expect(lines[0] == #"{"id":"testepoch-1","streams":0}"#)
        #expect(lines[1].hasPrefix(#"{"error":{"code":"json-invalid","detail":"The JSON text "#))
        #expect(lines[2].hasPrefix(#"{"error":{"code":"grant-missing","detail":""#))
        #expect(lines[3] == #"{"id":"testepoch-2","streams":0}"#)
        #expect(lines[4] == "")
        #expect(bench.bench.log.head == 2)
    }

    @Test(arguments: ["\n", "\r\n", "\n\n", "\r\n\r\n"])
    func `lines may end in LF or CRLF, be empty, and lack the last end`(end: String) async throws {
        for tail in ["", end, end + end] {
            let bench = try GatewayBench()
            let body = [Self.event("a"), Self.event("b")].joined(separator: end) + tail
            let answer = try await bench.publish(end + body, type: "application/x-ndjson")
            #expect(
                answer.text == #"{"id":"testepoch-1","streams":0}"# + "\n" + #"{"id":"testepoch-2","streams":0}"# + "\n"
            )
        }
    }

    @Test(arguments: ["", "\n", "\r\n\n"])
    func `no lines, no answers`(body: String) async throws {
        let bench = try GatewayBench()
        let answer = try await bench.publish(body, type: "application/x-ndjson")
        #expect(answer.status == .ok)
        #expect(answer.text == "")
        #expect(bench.bench.log.head == 0)
    }

    @Test func `only bad lines append nothing`() async throws {
        let bench = try GatewayBench()
        let answer = try await bench.publish("1\n2\n", type: "application/x-ndjson")
        #expect(answer.status == .ok)
        #expect(Self.lines(answer).count == 3)
        #expect(bench.bench.log.head == 0)
    }

    @Test func `a line is not UTF-8 by itself`() async throws {
        let bench = try GatewayBench()
        var body = ByteBuffer(string: Self.event("a") + "\n")
        body.writeBytes([0xFF, 0x0A])
        body.writeString(Self.event("b"))
        let lines = Self.lines(try await bench.publish(body, type: "application/x-ndjson"))
        #expect(lines[1].contains("UTF-8"))
        #expect(bench.bench.log.head == 2)
    }

    @Test func `one line too many refuses the batch as a whole`() async throws {
        let bench = try GatewayBench()
        let body = Array(repeating: Self.event("a"), count: 5)
        let answer = try await bench.publish(body.joined(separator: "\n"), type: "application/x-ndjson")
        #expect(answer.status == .contentTooLarge)
        #expect(answer.code == "batch-too-large")
        #expect(answer.detail?.contains("4 lines (limits.batch_events)") == true)
        #expect(bench.bench.log.head == 0)
        let most = try await bench.publish(body.dropLast().joined(separator: "\n"), type: "application/x-ndjson")
        #expect(most.status == .ok)
        #expect(bench.bench.log.head == 4)
    }

    // MARK: Format and size

    @Test(arguments: [
        "application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=UTF-8",
        " application/json ;x=y", #"application/json; charset="utf-8"; a=b"#, "application/json;charset=us-ascii",
        "application/json;", "application/json; charset",
    ])
    func `JSON may be called so`(type: String) async throws {
        let bench = try GatewayBench()
        #expect(try await bench.publish(Self.event("a"), type: type).status == .ok)
    }

    @Test(arguments: [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonp", "text/json",
        "application/json, text/plain", "application/ndjson", "application/problem+json",
        // Read as UTF-8, its bytes would say something else, or nothing.
        "application/json; charset=latin1", "application/json; a=b; charset=utf-16", "application/json;charset=",
        "application / json", "applicatio\u{301}n/json", "application/json\u{37E} x=y",
    ])
    func `another media type is refused, those of a form first of all`(type: String) async throws {
        let bench = try GatewayBench()
        let answer = try await bench.publish(Self.event("a"), type: type)
        #expect(answer.status == .unsupportedMediaType)
        #expect(answer.code == "media-type-unsupported")
        #expect(answer.fields[.accept] == "application/json, application/x-ndjson")
    }

    @Test(arguments: ["gzip", "br", "GZIP", "identity, gzip", "", "deflate"])
    func `a body that is coded is refused, and told that none is taken off`(coding: String) async throws {
        let bench = try GatewayBench()
        let answer = try await bench.publish(Self.event("a"), [.contentEncoding: coding])
        #expect(answer.status == .unsupportedMediaType)
        #expect(answer.code == "content-encoding-unsupported")
        #expect(answer.fields[.acceptEncoding] == "identity")
        #expect(try await bench.publish(Self.event("a"), [.contentEncoding: "Identity"]).status == .ok)
    }

    @Test func `a part of a body is none`() async throws {
        let bench = try GatewayBench()
        let answer = try await bench.publish(Self.event("a"), [.contentRange: "bytes 0-9/100"])
        #expect(answer.status == .badRequest)
        #expect(answer.code == "request-malformed")
    }

    @Test func `no media type is refused`() throws {
        let bench = try GatewayBench()
        let token = try bench.token(publish: ["everyone"])
        #expect(
            try bench.answer(GatewayBench.request(.post, "/v1/publish", token: token)).code == "media-type-unsupported")
    }

    @Test(arguments: ["1025", "99999999999", "9223372036854775807"])
    func `a body that says it is too large is refused unread`(length: String) throws {
        let bench = try GatewayBench()
        let fields: HTTPFields = [.contentType: "application/json", .contentLength: length]
        let answer = try bench.answer(
            GatewayBench.request(.post, "/v1/publish", token: try bench.token(publish: ["everyone"]), fields))
        #expect(answer.status == .contentTooLarge)
        #expect(answer.code == "body-too-large")
        #expect(answer.detail?.contains("1024 bytes (limits.request_body)") == true)
    }

    @Test func `a body that turns out too large is told the same`() throws {
        let bench = try GatewayBench()
        let fields: HTTPFields = [.contentType: "application/json", .contentLength: "1024"]
        let request = GatewayBench.request(.post, "/v1/publish", token: try bench.token(publish: ["everyone"]), fields)
        guard case .collect(let plan) = bench.judge(request) else {
            Issue.record("a body of the limit's size was refused")
            return
        }
        #expect(plan.limit == 1024)
        #expect(plan.tooLarge().code == "body-too-large")
        #expect(plan.tooLarge().fields[.vary] == "Origin")
    }
}
