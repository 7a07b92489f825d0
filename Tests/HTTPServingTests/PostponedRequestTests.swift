import FrameClient
import HTTP2Kit
import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServing

/// Postpones each request once, and then echoes it. Remembers what it has postponed.
private struct PatientJudge: RequestJudge {
    let limit: TimeAmount
    private let echo: ScriptedJudge
    private let made = NIOLockedValueBox<[Postponement]>([])
    private let gone = NIOLockedValueBox(0)

    /// - Parameter echo: judges what has waited.
    init(limit: TimeAmount = .seconds(10), then echo: ScriptedJudge = .echo()) {
        (self.limit, self.echo) = (limit, echo)
    }

    func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        guard !peer.hasWaited, request.path != "/now" else { return echo.judge(request, from: &peer) }
        let postponement = Postponement(limit: limit)
        postponement.whenGivenUp { [gone] in gone.withLockedValue { $0 += 1 } }
        made.withLockedValue { $0.append(postponement) }
        return .postponed(postponement)
    }

    var postponements: [Postponement] { made.withLockedValue { $0 } }
    /// How many do not wait any more.
    var over: Int { gone.withLockedValue { $0 } }
    /// The paths that were judged for good.
    var judged: [String] { echo.paths }
}

@Suite struct PostponedRequestTests {
    private static func sum(_ account: ByteAccount) -> Int {
        account.heldBytes(by: .stranger) + account.heldBytes(by: .known)
    }

    /// A field's value.
    private static let large = String(repeating: "x", count: 15 * 1024)

    // MARK: HTTP/1.1

    @Test func `over HTTP/1.1 a request waits, and what follows it with it`() async throws {
        let (judge, account) = (PatientJudge(), ByteAccount(limit: 1 << 20))
        let wire = try await Wire(judge, account: account)
        try await wire.send("GET /one HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await wire.received().isEmpty)
        #expect(Self.sum(account) > 0 && judge.postponements.count == 1)
        #expect(!wire.isReading, "nothing more is read from a client that waits")
        judge.postponements[0].end()
        let text = try await wire.received()
        #expect(text.contains("\r\n\r\n/one") && text.contains("\r\n\r\n/now"))
        #expect(judge.judged == ["/one", "/now"])
        #expect(Self.sum(account) == 0)
        #expect(try await wire.exchange("GET /now HTTP/1.1\r\nHost: a\r\n\r\n").body == "/now")
    }

    @Test func `over HTTP/1.1 a body is read when its request has been judged`() async throws {
        let judge = PatientJudge()
        let wire = try await Wire(judge)
        try await wire.send("POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
        #expect(try await wire.received().isEmpty)
        judge.postponements[0].end()
        #expect(try await wire.received().hasSuffix("\r\n\r\nbody"))
    }

    @Test func `over HTTP/1.1 Expect is answered when its request has been judged`() async throws {
        let judge = PatientJudge()
        let wire = try await Wire(judge)
        try await wire.send("POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        #expect(try await wire.received().isEmpty)
        judge.postponements[0].end()
        #expect(try await wire.received().hasPrefix("HTTP/1.1 100 "))
        try await wire.send("body")
        #expect(try await wire.received().hasSuffix("\r\n\r\nbody"))
    }

    @Test func `over HTTP/1.1 nobody waits for longer than he may`() async throws {
        let judge = PatientJudge(limit: .seconds(10))
        let wire = try await Wire(judge)
        try await wire.send("GET /one HTTP/1.1\r\nHost: a\r\n\r\n")
        await wire.pass(.seconds(9))
        #expect(try await wire.received().isEmpty)
        await wire.pass(.seconds(1))
        #expect(try await wire.received().hasSuffix("/one"))
        #expect(judge.over == 1)
        judge.postponements[0].end()
        #expect(try await wire.received().isEmpty, "an end that comes too late is none")
    }

    @Test func `over HTTP/1.1 a head counts for what it has`() async throws {
        let (judge, account) = (PatientJudge(), ByteAccount(limit: 1 << 20))
        let wire = try await Wire(judge, account: account)
        try await wire.send("GET /one HTTP/1.1\r\nHost: a\r\nx-large: \(Self.large)\r\n\r\n")
        #expect(Self.sum(account) > Self.large.utf8.count)
        judge.postponements[0].end()
        #expect(try await wire.received().hasSuffix("/one"))
        #expect(Self.sum(account) == 0)
    }

    @Test func `over HTTP/1.1 a client that leaves waits for nothing`() async throws {
        let (judge, account) = (PatientJudge(), ByteAccount(limit: 1 << 20))
        let wire = try await Wire(judge, account: account)
        try await wire.send("GET /one HTTP/1.1\r\nHost: a\r\n\r\n")
        try await wire.hangUp()
        #expect(judge.over == 1 && judge.judged.isEmpty)
        #expect(Self.sum(account) == 0)
        judge.postponements[0].end()
        #expect(judge.judged.isEmpty)
    }

    @Test func `over HTTP/1.1 there may be no room to wait`() async throws {
        let judge = PatientJudge()
        let wire = try await Wire(judge, account: ByteAccount(limit: 4096))
        #expect(try await wire.exchange("GET /one HTTP/1.1\r\nHost: a\r\n\r\n").status == 503)
        #expect(judge.over == 1)
    }

    // MARK: HTTP/2

    @Test func `over HTTP/2 a request waits alone`() async throws {
        let (judge, account) = (PatientJudge(), ByteAccount(limit: 1 << 20))
        let wire = try await HTTP2Wire(judge, account: account)
        try await wire.send(.request(1, "/one"))
        #expect(try await wire.exchange(.request(3, "/now"), stream: 3).body == "/now")
        #expect(Self.sum(account) > 2048)
        judge.postponements[0].end()
        #expect(HTTP2Response(try await wire.received(), stream: 1).body == "/one")
        #expect(Self.sum(account) == 0)
    }

    @Test func `over HTTP/2 a head counts for what it has`() async throws {
        let (judge, account) = (PatientJudge(), ByteAccount(limit: 1 << 20))
        let wire = try await HTTP2Wire(judge, account: account)
        try await wire.send(.request(1, "/one", [("x-large", Self.large)]))
        #expect(Self.sum(account) > Self.large.utf8.count)
        judge.postponements[0].end()
        #expect(HTTP2Response(try await wire.received(), stream: 1).body == "/one")
        #expect(Self.sum(account) == 0)
    }

    @Test func `over HTTP/2 a body that comes early is kept for its request`() async throws {
        let (judge, account) = (PatientJudge(), ByteAccount(limit: 1 << 20))
        let wire = try await HTTP2Wire(judge, account: account)
        try await wire.send(.request(1, "POST", "/in", ends: false))
        let head = Self.sum(account)
        try await wire.send(.data(1, "bo"))
        #expect(Self.sum(account) == head + 2)
        judge.postponements[0].end()
        #expect(HTTP2Response(try await wire.received(), stream: 1).status == nil)
        #expect(try await wire.exchange(.data(1, "dy", ends: true)).body == "body")
        #expect(Self.sum(account) == 0)
    }

    @Test func `over HTTP/2 a whole body waits with its request`() async throws {
        let judge = PatientJudge()
        let wire = try await HTTP2Wire(judge)
        try await wire.send(.request(1, "POST", "/in", ends: false), .data(1, "body", ends: true))
        judge.postponements[0].end()
        #expect(HTTP2Response(try await wire.received(), stream: 1).body == "body")
    }

    @Test func `over HTTP/2 a body that turns out too large is refused`() async throws {
        let judge = PatientJudge()
        let wire = try await HTTP2Wire(judge)
        let large = String(repeating: "x", count: 1025)
        try await wire.send(.request(1, "POST", "/in", ends: false), .data(1, large, ends: true))
        judge.postponements[0].end()
        #expect(HTTP2Response(try await wire.received(), stream: 1).status == "413")
    }

    /// RFC 9113 §6.9.2: a window's worth is all that a client sends by itself.
    @Test(arguments: [true, false])
    func `over HTTP/2 a client that has filled its window may send on`(keeps: Bool) async throws {
        let plan = BodyPlan(limit: 1 << 20, keepsBody: keeps) { _, respond in respond(.text("done")) }
        let judge = PatientJudge(then: ScriptedJudge { _ in .collect(plan) })
        let account = ByteAccount(limit: 1 << 22)
        let wire = try await HTTP2Wire(judge, account: account)
        try await wire.send(.request(1, "POST", "/in", ends: false))
        let head = Self.sum(account)
        for count in [16384, 16384, 16384, 16383] {
            try await wire.send(.data(1, String(repeating: "x", count: count)))
        }
        #expect(try await wire.received().of(.windowUpdate).allSatisfy { $0.stream != 1 })
        judge.postponements[0].end()
        #expect(try await wire.received().of(.windowUpdate).contains(.windowUpdate(1, 65_535)))
        #expect(Self.sum(account) == head + (keeps ? 65_535 : 0))
        #expect(try await wire.exchange(.data(1, "y", ends: true)).body == "done")
        #expect(Self.sum(account) == 0)
    }

    @Test func `over HTTP/2 the connection is credited for no more than it may hold`() async throws {
        var limits = HTTP2Limits()
        limits.heldBodyBytes = 40_000
        let late = LateAnswers()
        let judge = PatientJudge(then: ScriptedJudge { _ in .collect(late.plan(limit: 1 << 20)) })
        let wire = try await HTTP2Wire(judge, limits: limits)
        try await wire.send(.request(1, "POST", "/in", ends: false))
        for _ in 0..<3 { try await wire.send(.data(1, String(repeating: "x", count: 16384))) }
        _ = try await wire.received()
        judge.postponements[0].end()
        #expect(Set(try await wire.received().of(.windowUpdate).map(\.stream)) == [1])
        try await wire.send(.data(1, "", ends: true))
        #expect(late.release())
        #expect(Set(try await wire.received().of(.windowUpdate).map(\.stream)) == [0])
    }

    @Test func `over HTTP/2 a stream holds nothing of what it waited with`() async throws {
        let judge = PatientJudge(then: ScriptedJudge { _ in .stream(SilentStream()) })
        let account = ByteAccount(limit: 1 << 20)
        let wire = try await HTTP2Wire(judge, account: account)
        try await wire.send(.request(1, "POST", "/stream", ends: false), .data(1, "early"))
        #expect(Self.sum(account) > 0)
        judge.postponements[0].end()
        let answer = HTTP2Response(try await wire.received(), stream: 1)
        #expect(answer.status == "200" && !answer.isComplete)
        #expect(Self.sum(account) == 0)
        try await wire.send(.data(1, "late"), .reset(1))
        #expect(Self.sum(account) == 0)
    }

    @Test func `over HTTP/2 nobody waits for longer than he may`() async throws {
        let judge = PatientJudge(limit: .seconds(10))
        let wire = try await HTTP2Wire(judge)
        try await wire.send(.request(1, "/one"))
        await wire.pass(.seconds(9))
        #expect(HTTP2Response(try await wire.received(), stream: 1).status == nil)
        await wire.pass(.seconds(1))
        #expect(HTTP2Response(try await wire.received(), stream: 1).body == "/one")
        #expect(judge.over == 1)
    }

    @Test(arguments: [true, false])
    func `over HTTP/2 a client that leaves waits for nothing`(resets: Bool) async throws {
        let (judge, account) = (PatientJudge(), ByteAccount(limit: 1 << 20))
        let wire = try await HTTP2Wire(judge, account: account)
        try await wire.send(.request(1, "/one"))
        if resets { try await wire.send(.reset(1)) } else { try await wire.hangUp() }
        #expect(judge.over == 1)
        judge.postponements[0].end()
        #expect(try await wire.received().of(.headers).isEmpty)
        #expect(judge.judged.isEmpty)
        #expect(Self.sum(account) == 0)
    }

    @Test func `over HTTP/2 there may be no room to wait`() async throws {
        let judge = PatientJudge()
        let wire = try await HTTP2Wire(judge, account: ByteAccount(limit: 4096))
        #expect(
            try await wire.exchange(.request(1, "/one")).resetCode == 7, "REFUSED_STREAM: it may be tried again")
        #expect(judge.over == 1)
    }

    // MARK: Many at once

    /// A key that comes ends the waits of all who wait for it.
    @Test func `those that wait on many connections are judged in turns`() async throws {
        let (judge, loop) = (PatientJudge(), NIOAsyncTestingEventLoop())
        let bell = TurnBell(on: loop)
        var wires: [Wire] = []
        for number in 0..<10 {
            let wire = try await Wire(judge, on: loop, bell: bell)
            try await wire.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
            wires.append(wire)
        }
        for postponement in judge.postponements { postponement.end() }
        await loop.run()
        #expect(judge.judged.isEmpty)
        for expected in [4, 8, 10] {
            try await bell.ring()
            #expect(judge.judged.count == expected)
        }
        #expect(judge.judged == (0..<10).map { "/\($0)" }, "in the order of their ends")
        for wire in wires { #expect(try Response(try await wire.received()).status == 200) }
    }

    @Test func `what follows one that has waited is part of the turn`() async throws {
        let (judge, loop) = (PatientJudge(), NIOAsyncTestingEventLoop())
        let bell = TurnBell(on: loop)
        let (one, two) = (try await Wire(judge, on: loop, bell: bell), try await Wire(judge, on: loop, bell: bell))
        let more = String(repeating: "GET /now HTTP/1.1\r\nHost: a\r\n\r\n", count: 20)
        for wire in [one, two] { try await wire.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n" + more) }
        for postponement in judge.postponements { postponement.end() }
        await loop.run()
        var counts: [Int] = []
        for _ in 0..<4 {
            let before = judge.judged.count
            try await bell.ring()
            counts.append(judge.judged.count - before)
        }
        #expect(counts == [16, 16, 10, 0], "a turn has room for one of them, whose rest stands behind the other")
        #expect(try Response.all(in: try await one.received()).count == 21)
        #expect(try Response.all(in: try await two.received()).count == 21)
    }

    @Test func `those that wait on one connection are judged in turns, but for one whose client leaves`() async throws {
        let (judge, loop) = (PatientJudge(), NIOAsyncTestingEventLoop())
        let bell = TurnBell(on: loop)
        let wire = try await HTTP2Wire(judge, on: loop, bell: bell)
        for number in 0..<10 { try await wire.send(.request(UInt32(1 + 2 * number), "/\(number)")) }
        for postponement in judge.postponements { postponement.end() }
        await loop.run()
        #expect(judge.judged.isEmpty)
        try await wire.send(.reset(1))
        for expected in [4, 8, 9] {
            try await bell.ring()
            #expect(judge.judged.count == expected)
        }
        #expect(judge.judged == (1..<10).map { "/\($0)" })
    }

    /// When keys do not come, the time of all who wait for them is over at once.
    @Test func `those whose time is over are judged in turns, with what follows them`() async throws {
        let (judge, loop) = (PatientJudge(limit: .seconds(9)), NIOAsyncTestingEventLoop())
        let bell = TurnBell(on: loop)
        let more = String(repeating: "GET /now HTTP/1.1\r\nHost: a\r\n\r\n", count: 15)
        var wires: [Wire] = []
        for number in 0..<10 {
            let wire = try await Wire(judge, on: loop, bell: bell)
            try await wire.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n" + more)
            wires.append(wire)
        }
        await loop.advanceTime(by: .seconds(9))
        #expect(judge.judged.isEmpty)
        try await wires[0].hangUp()
        for number in 1...9 {
            try await bell.ring()
            #expect(judge.judged.count == 16 * number)
        }
        #expect(judge.over == 10)
    }

    @Test func `those whose time is over on one connection are judged in turns`() async throws {
        let (judge, loop) = (PatientJudge(limit: .seconds(9)), NIOAsyncTestingEventLoop())
        let bell = TurnBell(on: loop)
        let wire = try await HTTP2Wire(judge, on: loop, bell: bell)
        for number in 0..<10 { try await wire.send(.request(UInt32(1 + 2 * number), "/\(number)")) }
        await loop.advanceTime(by: .seconds(9))
        #expect(judge.judged.isEmpty)
        try await wire.send(.reset(1))
        for expected in [4, 8, 9] {
            try await bell.ring()
            #expect(judge.judged.count == expected)
        }
    }

    @Test func `over HTTP/2 a body that has waited with its request is part of the turn`() async throws {
        let (judge, loop) = (PatientJudge(then: .echo(limit: 1 << 20)), NIOAsyncTestingEventLoop())
        let bell = TurnBell(on: loop)
        let wire = try await HTTP2Wire(judge, on: loop, bell: bell)
        for stream in [1, 3, 5] as [UInt32] {
            let body = String(repeating: "x", count: 16_000)
            try await wire.send(.request(stream, "POST", "/in", ends: false), .data(stream, body, ends: true))
        }
        for postponement in judge.postponements { postponement.end() }
        await loop.run()
        for expected in 1...3 {
            try await bell.ring()
            #expect(judge.judged.count == expected)
        }
    }

    // MARK: The wait itself

    @Test func `it ends once, whoever ends it`() {
        let counts = NIOLockedValueBox((over: 0, givenUp: 0))
        let postponement = Postponement(limit: .seconds(1))
        postponement.whenGivenUp { counts.withLockedValue { $0.givenUp += 1 } }
        postponement.whenOver { counts.withLockedValue { $0.over += 1 } }
        postponement.end()
        postponement.end()
        postponement.giveUp()
        #expect(counts.withLockedValue { $0 } == (1, 1))
    }

    @Test func `an end before anybody waits is not lost`() {
        let count = NIOLockedValueBox(0)
        let postponement = Postponement(limit: .seconds(1))
        postponement.end()
        postponement.whenGivenUp { count.withLockedValue { $0 += 1 } }
        postponement.whenOver { count.withLockedValue { $0 += 1 } }
        #expect(count.withLockedValue { $0 } == 2)
    }
}
