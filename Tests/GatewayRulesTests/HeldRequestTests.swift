import FrameClient
import HTTP2Kit
import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// What requests and answers hold while they are under way, over both versions, and what happens when there is no room.
@Suite struct HeldRequestTests {
    private static let large = String(repeating: "x", count: 1000)

    /// The bytes of an account by whoever has them.
    private static func sum(_ account: ByteAccount) -> Int {
        account.heldBytes(by: .stranger) + account.heldBytes(by: .known)
    }

    private static let greedy: [(UInt16, UInt32)] = [(4, 0)]

    // MARK: Answers

    @Test func `answers that an HTTP/2 client does not take are counted until it does`() async throws {
        let account = ByteAccount(limit: 1 << 20)
        let wire = try await HTTP2Wire(
            ScriptedJudge { _ in .answer(.text(Self.large)) }, account: account, settings: Self.greedy)
        for stream in [1, 3, 5] as [UInt32] { try await wire.send(.request(stream, "/")) }
        #expect(Self.sum(account) == 3 * (HTTP2Exchange.overhead + 1000))
        try await wire.send(.windowUpdate(1, 1000), .reset(3))
        #expect(Self.sum(account) == HTTP2Exchange.overhead + 1000)
        try await wire.hangUp()
        #expect(Self.sum(account) == 0)
    }

    @Test func `a file's bytes are everyone's`() async throws {
        let account = ByteAccount(limit: 1 << 20)
        let file = ByteBuffer(string: Self.large)
        let wire = try await HTTP2Wire(
            ScriptedJudge { _ in .answer(Answer(.ok, fields: [:], file: file)) }, account: account,
            settings: Self.greedy)
        try await wire.send(.request(1, "/"))
        #expect(Self.sum(account) == HTTP2Exchange.overhead)
    }

    @Test func `for whom there is no room, the request may be tried again`() async throws {
        let (account, metrics) = (ByteAccount(limit: 4 * 6000), RefusalCounter())
        let wire = try await HTTP2Wire(
            ScriptedJudge { _ in .answer(.text(Self.large)) }, account: account, metrics: metrics,
            settings: Self.greedy)
        try await wire.send(.request(1, "/"))
        let refused = try await wire.exchange(.request(3, "/"), stream: 3)
        #expect(refused.status == nil && refused.resetCode == WireErrorCode.refusedStream.rawValue)
        #expect(metrics.reasons == ["held-full"])
        try await wire.send(.windowUpdate(1, 1000))
        #expect(try await wire.exchange(.request(5, "/"), stream: 5).status == "200")
    }

    @Test func `a client that takes no answer gets no more bodies answered`() async throws {
        var limits = HTTP2Limits()
        limits.heldAnswerBytes = 1500
        let judge = ScriptedJudge { _ in
            .collect(BodyPlan(limit: 100, tooLarge: { .tooLarge }) { _, respond in respond(.text(Self.large)) })
        }
        let wire = try await HTTP2Wire(judge, limits: limits, settings: Self.greedy)
        var answered: [UInt32] = []
        for stream in [1, 3, 5, 7] as [UInt32] {
            try await wire.send(.request(stream, "POST", "/", ends: false), .data(stream, "x", ends: true))
            answered += try await wire.received().of(.headers).map(\.stream)
        }
        #expect(answered == [1, 3])
        try await wire.send(.windowUpdate(1, 1000), .reset(5))
        try await wire.send(.windowUpdate(3, 1000))
        #expect(try await wire.received().of(.headers).map(\.stream) == [7], "in their order, but for one that is gone")
    }

    @Test func `pipelined requests wait for the answers before to be taken`() async throws {
        let account = ByteAccount(limit: 1 << 20)
        let judge = ScriptedJudge.echo()
        let wire = try await Wire(judge, account: account)
        try await wire.setWritable(false)
        try await wire.send((0..<5).map { "GET /\($0) HTTP/1.1\r\nhost: sluice\r\n\r\n" }.joined())
        #expect(judge.paths.isEmpty && Self.sum(account) > 0)
        #expect(!wire.isReading)
        try await wire.setWritable(true)
        #expect(judge.paths == (0..<5).map { "/\($0)" })
        #expect(Self.sum(account) == 0)
        #expect(try Response.all(in: try await wire.received()).count == 5)
    }

    @Test func `a stranger with more waiting than there is room for is cut off`() async throws {
        let (account, metrics) = (ByteAccount(limit: 4 * 2000), RefusalCounter())
        let wire = try await Wire(ScriptedJudge.echo(), account: account, metrics: metrics)
        try await wire.setWritable(false)
        try await wire.send((0..<50).map { "GET /\($0) HTTP/1.1\r\nhost: sluice\r\n\r\n" }.joined())
        #expect(wire.isClosed)
        #expect(metrics.reasons.first == "held-full" && Self.sum(account) == 0)
    }

    /// What a request's body held is let go of before the answer is counted, and not behind it.
    @Test func `an answer that is there at once is counted in full`() async throws {
        let account = ByteAccount(limit: 1 << 20)
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), account: account, settings: Self.greedy)
        try await wire.send(.request(1, "POST", "/", ends: false), .data(1, Self.large, ends: true))
        #expect(Self.sum(account) == HTTP2Exchange.overhead + 1000)
        try await wire.send(.windowUpdate(1, 1000))
        #expect(Self.sum(account) == 0)
    }

    /// What is counted for a stream that is closed already is counted until the connection ends, and while there is
    /// much of it no other request has its answer made.
    @Test func `an answer that is made behind its client's back is held by nobody`() async throws {
        var limits = HTTP2Limits()
        limits.heldAnswerBytes = 1000
        let (account, late) = (ByteAccount(limit: 1 << 20), LateAnswers())
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(late.plan()) }, limits: limits, account: account)
        try await wire.send(.request(1, "POST", "/", ends: false), .data(1, Self.large, ends: true))
        try await wire.send(.reset(1))
        #expect(late.release())
        #expect(try await wire.received().of(.headers).isEmpty)
        #expect(Self.sum(account) == 0)
        try await wire.send(.request(3, "POST", "/", ends: false), .data(3, "x", ends: true))
        #expect(late.release())
        #expect(try await wire.received().text(of: 3) == "x")
    }

    // MARK: Heads

    /// A connection has a hundred of them, and whoever asked keeps them for as long as it takes no answer to be made.
    @Test func `over HTTP/2 the heads of requests under way are counted until they are answered`() async throws {
        let (account, late) = (ByteAccount(limit: 1 << 24), LateAnswers())
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(late.plan()) }, account: account)
        let streams = [1, 3, 5, 7] as [UInt32]
        let large = String(repeating: "x", count: 15 * 1024)
        for stream in streams { try await wire.send(.request(stream, "POST", "/", [("x-large", large)], ends: false)) }
        #expect(Self.sum(account) >= streams.count * (HTTP2Exchange.overhead + large.utf8.count))
        for stream in streams { try await wire.send(.data(stream, "x", ends: true)) }
        #expect(Self.sum(account) >= streams.count * (HTTP2Exchange.overhead + large.utf8.count), "until its answer")
        while late.release() {}
        #expect(try await wire.received().of(.headers).count == streams.count)
        #expect(Self.sum(account) == 0)
    }

    @Test func `over HTTP/2 an answer that is not taken holds nothing of its request's head`() async throws {
        let account = ByteAccount(limit: 1 << 20)
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), account: account, settings: Self.greedy)
        let head = Frame.request(1, "POST", "/", [("x-large", Self.large)], ends: false)
        try await wire.send(head, .data(1, "0123456789", ends: true))
        #expect(Self.sum(account) == HTTP2Exchange.overhead + 10)
    }

    // MARK: Bodies

    private static func post(_ length: Int) -> String {
        "POST / HTTP/1.1\r\nhost: sluice\r\ncontent-length: \(length)\r\n\r\n"
    }

    @Test func `a body is counted until it is answered`() async throws {
        let (account, late) = (ByteAccount(limit: 4096), LateAnswers())
        let judge = ScriptedJudge { _ in .collect(late.plan()) }
        let wire = try await Wire(judge, account: account)
        try await wire.send(Self.post(100) + String(repeating: "x", count: 60))
        #expect(Self.sum(account) == 60)
        try await wire.send(String(repeating: "x", count: 40))
        #expect(Self.sum(account) == 0)
        let other = try await Wire(judge, account: account)
        try await other.send(Self.post(100) + "x")
        #expect(Self.sum(account) == 1)
        try await other.hangUp()
        #expect(Self.sum(account) == 0)
    }

    @Test func `there is no room for a body over HTTP/1.1`() async throws {
        let (account, metrics) = (ByteAccount(limit: 4 * 50), RefusalCounter())
        let wire = try await Wire(ScriptedJudge.echo(), account: account, metrics: metrics)
        let response = try await wire.exchange(Self.post(100) + String(repeating: "x", count: 60))
        #expect(response.status == 503 && response["retry-after"] == "1")
        #expect(metrics.reasons == ["held-full"] && Self.sum(account) == 0)
    }

    @Test func `there is no room for a body over HTTP/2`() async throws {
        let account = ByteAccount(limit: 16 * (HTTP2Exchange.overhead + 50) / 3 + 16)
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), account: account)
        let refused = try await wire.exchange(
            .request(1, "POST", "/", ends: false), .data(1, String(repeating: "x", count: 60), ends: true))
        #expect(refused.status == "503" && refused.fields["retry-after"] == "1")
        let taken = try await wire.exchange(.request(3, "POST", "/", ends: false), .data(3, "x", ends: true), stream: 3)
        #expect(taken.body == "x" && Self.sum(account) == 0)
    }

    @Test func `a body that there is no room to begin is refused without an answer that would be held`() async throws {
        let account = ByteAccount(limit: 4 * HTTP2Exchange.overhead)
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), account: account, settings: Self.greedy)
        let refused = try await wire.exchange(.request(1, "POST", "/", ends: false))
        #expect(refused.status == nil && refused.resetCode == WireErrorCode.refusedStream.rawValue)
        #expect(Self.sum(account) == 0)
    }

    @Test func `nothing is done for a body when there is no room for its answer`() async throws {
        let account = ByteAccount(limit: 400)
        let judge = ScriptedJudge { _ in
            .collect(
                BodyPlan(limit: 100, tooLarge: { .tooLarge }) { _, respond in
                    Issue.record("it was done")
                    respond(.text(""))
                })
        }
        let wire = try await Wire(judge, account: account)
        try await wire.send("POST / HTTP/1.1\r\nhost: sluice\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n")
        account.overdraw(100, for: .stranger)
        #expect(try await wire.exchange("0\r\n\r\n").status == 503)
    }

    @Test(arguments: [("DELETE", false), ("POST", true)])
    func `a session's body is held by nobody`(method: String, isSignedIn: Bool) async throws {
        let (bench, account) = (try GatewayBench(), ByteAccount(limit: 1 << 20))
        let token = isSignedIn ? "authorization: Bearer \(try bench.token())\r\n" : ""
        let wire = try await Wire(bench.gateway, on: bench.bench.loop, account: account)
        try await wire.send("\(method) /v1/session HTTP/1.1\r\nhost: sluice\r\n\(token)content-length: 1000\r\n\r\n")
        try await wire.send(String(repeating: "x", count: 900))
        #expect(Self.sum(account) == 0)
        let two = try await HTTP2Wire(bench.gateway, on: bench.bench.loop, account: account)
        let fields = isSignedIn ? [("authorization", "Bearer \(try bench.token())")] : []
        try await two.send(.request(1, method, "/v1/session", fields, ends: false))
        let head = Self.sum(account)
        try await two.send(.data(1, String(repeating: "x", count: 900)))
        #expect(Self.sum(account) == head)
        for _ in 0..<200 { try await two.send(.data(1, "")) }
    }

    /// What will be refused is refused before its body: the siblings of a publish without a grant.
    @Test(
        arguments: [
            ("POST", "/v1/publish", [:], "application/json", "grant-missing"),
            ("POST", "/v1/publish", ["everyone": true], "text/plain", "media-type-unsupported"),
            ("PUT", "/v1/publish", [:], "application/json", "method-not-allowed"),
            ("POST", "/nowhere", [:], "application/json", "path-unknown"),
        ] as [(String, String, [String: Bool], String, String)])
    func `who may not publish is told before the body`(
        method: String, path: String, grants: [String: Bool], type: String, code: String
    ) async throws {
        let (bench, account) = (try GatewayBench(), ByteAccount(limit: 1 << 20))
        let wire = try await Wire(bench.gateway, on: bench.bench.loop, account: account)
        let token = try bench.token(publish: Array(grants.keys))
        try await wire.send(
            "\(method) \(path) HTTP/1.1\r\nhost: sluice\r\nauthorization: Bearer \(token)\r\n"
                + "content-type: \(type)\r\ncontent-length: 1000\r\n\r\n" + Self.large.dropLast(100))
        #expect(try await wire.received().contains(code))
        #expect(Self.sum(account) == 0)
    }

    // MARK: Frames

    @Test func `a client whose socket takes nothing is not read from, over HTTP/2 either`() async throws {
        let account = ByteAccount(limit: 1 << 20)
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), account: account)
        #expect(try await wire.isReading)
        try await wire.setWritable(false)
        try await wire.send(.ping(), .ping(), .ping())
        #expect(try await !wire.isReading)
        #expect(Self.sum(account) > 0, "three answers that can't be sent")
        #expect(try await wire.received().isEmpty)
        try await wire.setWritable(true)
        #expect(try await wire.isReading)
        #expect(try await wire.received().of(.ping).count == 3)
        #expect(Self.sum(account) == 0)
    }

    @Test func `an answer that a stalled socket does not take in time ends its connection`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .answer(.text(Self.large)) }, settings: Self.greedy)
        try await wire.send(.request(1, "/"))
        try await wire.setWritable(false)
        await wire.pass(.seconds(31))
        #expect(wire.isClosed)
    }
}
