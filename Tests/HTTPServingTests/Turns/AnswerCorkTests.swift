import HTTPTypes
import HTTPWire
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServing

/// When answers go to the socket.
@Suite struct AnswerCorkTests {
    // MARK: The rule

    /// What became of some answers: whether each was to be flushed at once.
    private static func flushes(of answers: [(bytes: Int, isLast: Bool)], by cork: inout AnswerCork) -> [Bool] {
        answers.map { answer in
            let isFlushed = cork.wrote(bodyBytes: answer.bytes, isLast: answer.isLast)
            if isFlushed { _ = cork.takeAll() }
            return isFlushed
        }
    }

    @Test func `without a read or a turn under way an answer goes at once`() {
        var cork = AnswerCork()
        let (isFlushed, isThere, isLeft) = (
            cork.wrote(bodyBytes: 10, isLast: false), cork.takeAll(), cork.takeAll()
        )
        #expect(isFlushed && isThere && !isLeft)
    }

    @Test func `whoever began first ends it`() {
        var cork = AnswerCork()
        let (isFirst, isSecond) = (cork.begin(), cork.begin())
        #expect(isFirst && !isSecond)
        #expect(Self.flushes(of: [(10, false), (10, false)], by: &cork) == [false, false])
        cork.end()
        let (isThere, isAgain) = (cork.takeAll(), cork.begin())
        #expect(isThere && isAgain)
    }

    @Test func `the last answer and a full record wait for no end`() {
        var cork = AnswerCork()
        _ = cork.begin()
        let limit = AnswerCork.limit
        let answers = [(0, true), (limit - 1, false), (1, false), (limit - 1, false), (10, true), (1, false)]
        #expect(Self.flushes(of: answers, by: &cork) == [true, false, true, false, true, false])
    }

    // MARK: On a connection

    private let loop = NIOAsyncTestingEventLoop()
    private let bell: TurnBell

    init() { bell = TurnBell(on: loop) }

    private func connect(_ judge: ScriptedJudge = .echo(limit: 1 << 20)) async throws -> Wire {
        try await Wire(judge, on: loop, bell: bell)
    }

    private static func posts(_ count: Int) -> String { String(repeating: post("x"), count: count) }

    private static func post(_ body: String, _ fields: String = "") -> String {
        "POST /p HTTP/1.1\r\nHost: sluice\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// How many answers have come, and in how many flushes.
    private func came(_ wire: Wire, since flushes: Int = 0) async throws -> [Int] {
        [try Response.all(in: try await wire.received()).count, wire.flushes - flushes]
    }

    @Test func `the answers of a read leave together, and those of each turn`() async throws {
        let wire = try await connect()
        try await wire.send(Self.posts(40))
        #expect(try await came(wire) == [16, 1])
        try await bell.ring()
        #expect(try await came(wire) == [16, 2])
        try await bell.ring()
        #expect(try await came(wire) == [8, 3])
    }

    @Test func `an answer whose request came alone leaves with its read`() async throws {
        let wire = try await connect()
        for number in 1...3 {
            try await wire.send(Self.posts(1))
            #expect(try await came(wire) == [1, number])
        }
    }

    @Test func `large answers do not gather`() async throws {
        let wire = try await connect()
        try await wire.send(Self.post(String(repeating: "x", count: 6000)) + Self.posts(3))
        #expect(try await came(wire) == [4, 1])
        try await wire.send(String(repeating: Self.post(String(repeating: "x", count: 6000)), count: 2) + Self.posts(1))
        #expect(try await came(wire) == [3, 2])
        try await wire.send(Self.posts(1) + Self.post(String(repeating: "x", count: 20_000)))
        #expect(try await came(wire) == [2, 3])
    }

    @Test func `a client that waits for 100 Continue is told at once, behind the answers before`() async throws {
        let wire = try await connect()
        let waiting = Self.post("x", "Expect: 100-continue\r\n").dropLast()
        try await wire.send(Self.posts(2) + waiting)
        #expect(try Response.all(in: try await wire.received()).map(\.status) == [200, 200, 100])
        #expect(wire.flushes == 1)
        try await wire.send("x")
        #expect(try await came(wire) == [1, 2])
    }

    @Test func `answers leave before a stream begins, and before the end`() async throws {
        let wire = try await connect()
        try await wire.send(Self.posts(2) + Self.post("x", "Connection: close\r\n"))
        #expect(try await came(wire) == [3, 1])
        #expect(wire.isClosed)
        let other = try await connect()
        try await other.send(Self.posts(2) + "garbage\r\n\r\n")
        #expect(try Response.all(in: try await other.received()).map(\.status) == [200, 200, 400])
        #expect(other.flushes == 1)
    }

    @Test func `an answer that is made later does not wait, and takes those behind it along`() async throws {
        let late = LateAnswers()
        let judge = ScriptedJudge { request in
            request.path == "/late"
                ? .collect(late.plan())
                : .collect(BodyPlan(limit: 9) { body, respond in respond(.text(String(buffer: body))) })
        }
        let wire = try await connect(judge)
        let slow = Self.post("x").replacing("/p", with: "/late")
        try await wire.send(Self.posts(2) + slow + Self.posts(3) + slow)
        #expect(try await came(wire) == [2, 1])
        #expect(late.release())
        await loop.run()
        #expect(try await came(wire) == [4, 2])
        #expect(late.release())
        await loop.run()
        #expect(try await came(wire) == [1, 3])
    }

    @Test func `the end of the client's side takes nothing from the answers before it`() async throws {
        let wire = try await connect()
        let channel = wire.channel
        try await loop.executeInContext {
            channel.pipeline.fireChannelRead(ByteBuffer(string: Self.posts(3)))
            channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        #expect(try await came(wire) == [3, 1])
        #expect(wire.isClosed)
    }
}
