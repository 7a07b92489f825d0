import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServing

/// Many requests in one read of an HTTP/1.1 connection: each turn of the loop handles some, and nothing else changes.
@Suite struct HTTP1TurnTests {
    private let loop = NIOAsyncTestingEventLoop()
    private let judge = ScriptedJudge.echo(limit: 1 << 20)
    private let account = ByteAccount(limit: 1 << 20)
    private let bell: TurnBell

    init() { bell = TurnBell(on: loop) }

    private func connect() async throws -> Wire { try await Wire(judge, on: loop, account: account, bell: bell) }

    private static func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: sluice\r\n\(fields)\r\n"
    }

    private static func post(_ body: String) -> String {
        "POST /p HTTP/1.1\r\nHost: sluice\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func gets(_ numbers: Range<Int>) -> String { numbers.map { get("/\($0)") }.joined() }

    private static func posts(_ numbers: Range<Int>) -> String { numbers.map { post("/\($0)") }.joined() }

    /// Requests that are answered with their number each: at once before anything else, or by way of their body.
    enum Kind: CaseIterable {
        case gets, posts, mixed

        func requests(_ numbers: Range<Int>) -> String {
            switch self {
            case .gets: HTTP1TurnTests.gets(numbers)
            case .posts: HTTP1TurnTests.posts(numbers)
            case .mixed:
                numbers.map { number in
                    let one = number..<number + 1
                    return number % 3 == 0 ? HTTP1TurnTests.gets(one) : HTTP1TurnTests.posts(one)
                }.joined()
            }
        }
    }

    private static func paths(_ numbers: Range<Int>) -> [String] { numbers.map { "/\($0)" } }

    private var heldBytes: Int { account.heldBytes(by: .stranger) + account.heldBytes(by: .known) }

    private func bodies(of wire: Wire) async throws -> [String] {
        try Response.all(in: try await wire.received()).map(\.body)
    }

    @Test(arguments: Kind.allCases)
    func `a turn handles sixteen, and nothing is read meanwhile`(kind: Kind) async throws {
        let wire = try await connect()
        try await wire.send(kind.requests(0..<40))
        #expect(try await bodies(of: wire) == Self.paths(0..<16))
        #expect(!wire.isReading && heldBytes == kind.requests(16..<40).utf8.count)
        try await bell.ring()
        #expect(try await bodies(of: wire) == Self.paths(16..<32))
        #expect(!wire.isReading)
        try await bell.ring()
        #expect(try await bodies(of: wire) == Self.paths(32..<40))
        #expect(wire.isReading && heldBytes == 0)
        #expect(try await bell.asked() == 2)
        #expect(try await wire.exchange(Self.get("/next")).body == "/next")
    }

    @Test func `requests of a read each wait for nothing, nor do as many as a turn has room for`() async throws {
        let wire = try await connect()
        for number in 0..<100 { #expect(try await wire.exchange(Self.get("/\(number)")).body == "/\(number)") }
        try await wire.send(Self.gets(0..<16))
        #expect(try await bodies(of: wire).count == 16)
        try await wire.send(Self.post(String(repeating: "x", count: 100_000)))
        #expect(try await bodies(of: wire).first?.utf8.count == 100_000)
        #expect(try await bell.asked() == 0)
    }

    @Test func `a body counts with its length`() async throws {
        let wire = try await connect()
        let body = String(repeating: "x", count: 20_000)
        try await wire.send(Self.post(body) + Self.post(body) + Self.get("/last"))
        #expect(try await bodies(of: wire) == [body])
        try await bell.ring()
        #expect(try await bodies(of: wire) == [body])
        try await bell.ring()
        #expect(try await bodies(of: wire) == ["/last"])
    }

    @Test func `connections have their turns one after another`() async throws {
        let (one, two) = (try await connect(), try await connect())
        try await one.send(Self.gets(0..<48))
        try await two.send(Self.gets(0..<32))
        #expect(judge.requests.count == 32, "a share each, of what they have read")
        var counts: [[Int]] = []
        for _ in 0..<3 {
            _ = (try await one.received(), try await two.received())
            try await bell.ring()
            counts.append([try await bodies(of: one).count, try await bodies(of: two).count])
        }
        #expect(counts == [[16, 0], [0, 16], [16, 0]])
    }

    @Test func `what comes meanwhile is handled behind it, wherever it is cut`() async throws {
        let text = Self.gets(0..<20) + Self.post("hello") + Self.get("/end")
        for cut in stride(from: 0, through: text.utf8.count, by: 41) {
            let wire = try await connect()
            try await wire.send(String(text.utf8.prefix(cut)) ?? "")
            try await wire.send(String(text.utf8.dropFirst(cut)) ?? "")
            for _ in 0..<3 { try await bell.ring() }
            #expect(try await bodies(of: wire) == Self.paths(0..<20) + ["hello", "/end"])
            #expect(heldBytes == 0)
        }
    }

    @Test(arguments: Kind.allCases)
    func `a client that closes its side has all answered before the end`(kind: Kind) async throws {
        let wire = try await connect()
        try await wire.send(kind.requests(0..<40))
        try await wire.fire(ChannelEvent.inputClosed)
        try await bell.ring()
        #expect(!wire.isClosed)
        try await bell.ring()
        #expect(try await bodies(of: wire) == Self.paths(0..<40))
        #expect(wire.isClosed && heldBytes == 0)
    }

    /// The one that is answered later is not the last, and neither is the first that is answered at once behind it.
    @Test func `a client that closes its side while it waits has all answered behind it`() async throws {
        let late = LateAnswers()
        let judge = ScriptedJudge { request in
            .collect(
                request.path == "/late"
                    ? late.plan() : BodyPlan(limit: 1024) { body, respond in respond(.text(String(buffer: body))) })
        }
        let wire = try await Wire(judge, on: loop, bell: bell)
        let first = "POST /late HTTP/1.1\r\nHost: sluice\r\nContent-Length: 4\r\n\r\nlate"
        try await wire.send(first + Self.posts(0..<5) + first + Self.posts(5..<30))
        try await wire.fire(ChannelEvent.inputClosed)
        for _ in 0..<2 {
            #expect(late.release())
            await loop.run()
        }
        for _ in 0..<2 { try await bell.ring() }
        let expected = ["late"] + Self.paths(0..<5) + ["late"] + Self.paths(5..<30)
        #expect(try await bodies(of: wire) == expected)
        #expect(wire.isClosed)
    }

    @Test func `of a client that has left nothing more is handled`() async throws {
        let wire = try await connect()
        try await wire.send(Self.gets(0..<40))
        try await wire.hangUp()
        #expect(heldBytes == 0)
        try await bell.ring()
        #expect(judge.requests.count == 16)
    }

    @Test(arguments: Kind.allCases)
    func `going down lets what was read be answered`(kind: Kind) async throws {
        let wire = try await connect()
        try await wire.send(kind.requests(0..<40))
        try await wire.fire(ChannelShouldQuiesceEvent())
        try await bell.ring()
        #expect(!wire.isClosed)
        try await bell.ring()
        #expect(try await bodies(of: wire) == Self.paths(0..<40))
        #expect(wire.isClosed)
    }

    @Test func `behind the last request nothing is looked at`() async throws {
        let wire = try await connect()
        try await wire.send(Self.gets(0..<20) + Self.get("/last", "Connection: close\r\n") + Self.gets(0..<40))
        try await bell.ring()
        #expect(try await bodies(of: wire) == Self.paths(0..<20) + ["/last"])
        #expect(wire.isClosed && judge.requests.count == 21 && heldBytes == 0)
        try await bell.ring()
        #expect(judge.requests.count == 21)
    }

    @Test func `what is no request is refused in its turn`() async throws {
        let wire = try await connect()
        try await wire.send(Self.gets(0..<16) + "garbage\r\n\r\n")
        #expect(try Response.all(in: try await wire.received()).allSatisfy { $0.status == 200 })
        try await bell.ring()
        #expect(try Response(try await wire.received()).status == 400)
    }

    @Test(arguments: Kind.allCases)
    func `a turn that comes while answers are not taken handles nothing`(kind: Kind) async throws {
        let wire = try await connect()
        try await wire.send(kind.requests(0..<40))
        try await wire.setWritable(false)
        try await bell.ring()
        #expect(judge.requests.count == 16 && !wire.isReading)
        try await wire.setWritable(true)
        #expect(judge.requests.count == 32 && !wire.isReading)
        try await bell.ring()
        #expect(try await bodies(of: wire) == Self.paths(0..<40))
        #expect(wire.isReading)
    }

    @Test func `a body that does not come has its time from its turn on`() async throws {
        let wire = try await connect()
        try await wire.send(Self.gets(0..<16) + String(Self.post("hello").dropLast(3)))
        _ = try await wire.received()
        await wire.pass(.seconds(5))
        try await bell.ring()
        await wire.pass(.seconds(29))
        #expect(try await wire.received() == "")
        await wire.pass(.seconds(1))
        #expect(try Response(try await wire.received()).status == 408)
    }

    @Test func `an answer that is made later is waited for, in whatever turn`() async throws {
        let late = LateAnswers()
        let judge = ScriptedJudge { request in
            request.method == .post ? .collect(late.plan()) : .answer(.text(request.path ?? ""))
        }
        let wire = try await Wire(judge, on: loop, bell: bell)
        try await wire.send(Self.gets(0..<15) + Self.post("late") + Self.gets(15..<40))
        try await bell.ring()
        #expect(judge.requests.count == 16)
        #expect(late.release())
        for _ in 0..<2 { try await bell.ring() }
        let expected = Self.paths(0..<15) + ["late"] + Self.paths(15..<40)
        #expect(try await bodies(of: wire) == expected)
        #expect(wire.isReading)
    }
}
