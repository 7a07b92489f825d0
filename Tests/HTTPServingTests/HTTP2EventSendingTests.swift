import EventLog
import FrameClient
import HTTP2Kit
import HTTPWire
import NIOCore
import NIOEmbedded
import SeededRandom
import Testing

@testable import HTTPServing

/// Events that are written and flushed in one go over HTTP/2, beside what waits: each in its order, none lost, and none
/// before there is room for it.
@Suite struct HTTP2EventSendingTests {
    /// A connection whose client takes so much of each stream, with these event streams open and their heads taken.
    private static func open(_ streams: [UInt32] = [1], window: UInt32 = 1_000_000) async throws -> HTTP2Wire {
        var limits = HTTP2Limits()
        limits.windowUpdates = 10_000
        let judge = ScriptedJudge { _ in .stream(SilentStream()) }
        let wire = try await HTTP2Wire(judge, limits: limits, settings: [(4, window)])
        for stream in streams { try await wire.send(.request(stream, "/stream")) }
        #expect(try await wire.received().of(.headers).count == streams.count)
        return wire
    }

    // MARK: Beside frames that are not flushed

    @Test func `an event takes along those before it, and leaves nothing to flush`() async throws {
        let wire = try await Self.open()
        let flushes = wire.flushes
        try await wire.act { connection in
            let stream = try connection.stream(1)
            stream.write("one")
            stream.write("two")
            stream.writeAndFlush("three")
            stream.flush()
        }
        #expect(try await wire.received() == [.data(1, "one"), .data(1, "two"), .data(1, "three")])
        #expect(wire.flushes == flushes + 1)
    }

    /// nghttp2 has something to send, so the event has to go by it; the one before it did not.
    @Test func `an event is behind those before it, and behind nghttp2's frames`() async throws {
        let wire = try await Self.open()
        try await wire.act { connection in
            let stream = try connection.stream(1)
            stream.write("one")
            connection.ping()
            stream.writeAndFlush("two")
            stream.writeAndFlush("three")
        }
        #expect(try await wire.received() == [.data(1, "one"), .ping(), .data(1, "two"), .data(1, "three")])
    }

    @Test func `streams of a connection leave in one flush, each in its order`() async throws {
        let wire = try await Self.open([1, 3])
        let flushes = wire.flushes
        try await wire.act { connection in
            let (one, other) = (try connection.stream(1), try connection.stream(3))
            one.write("a")
            other.write("b")
            other.writeAndFlush("c")
            one.writeAndFlush("d")
        }
        let frames = try await wire.received()
        #expect(frames.text(of: 1) == "ad" && frames.text(of: 3) == "bc")
        #expect(wire.flushes == flushes + 1)
    }

    // MARK: While there is no room

    /// What is left of a window, and whose it is.
    enum Window: CaseIterable {
        case streams, connections

        /// A stream of whose window, or of whose connection's, twelve bytes are left.
        func open() async throws -> HTTP2Wire {
            guard self == .connections else { return try await HTTP2EventSendingTests.open(window: 12) }
            let wire = try await HTTP2EventSendingTests.open()
            for count in [16_384, 16_384, 16_384, 16_371] {
                try await wire.act { try $0.stream(1).writeAndFlush(String(repeating: "x", count: count)) }
            }
            #expect(try await wire.received().text(of: 1).utf8.count == 65_535 - 12)
            return wire
        }

        func update(_ count: UInt32) -> Frame { .windowUpdate(self == .streams ? 1 : 0, count) }
    }

    @Test(arguments: Window.allCases)
    func `what a shut window keeps is sent as it opens, and nothing overtakes it`(window: Window) async throws {
        let wire = try await window.open()
        for text in ["12345678", "abcdefgh", "ABCDEFGH"] {
            try await wire.act { try $0.stream(1).writeAndFlush(text) }
        }
        #expect(try await wire.received().text(of: 1) == "12345678abcd")
        try await wire.send(window.update(2))
        #expect(try await wire.received().text(of: 1) == "ef")
        // Shorter than what is left, which belongs to what waits.
        try await wire.act { try $0.stream(1).writeAndFlush("-") }
        #expect(try await wire.received() == [])
        try await wire.send(window.update(100))
        #expect(try await wire.received().text(of: 1) == "ghABCDEFGH-")
        try await wire.act { try $0.stream(1).writeAndFlush("live") }
        #expect(try await wire.received() == [.data(1, "live")])
    }

    @Test func `what a full socket was not given waits for it, behind what it was`() async throws {
        let wire = try await Self.open()
        try await wire.act { try $0.stream(1).write("one") }
        try await wire.setWritable(false)
        for text in ["two", "three"] { try await wire.act { try $0.stream(1).writeAndFlush(text) } }
        #expect(try await wire.received() == [.data(1, "one")])
        try await wire.setWritable(true)
        #expect(try await wire.received().text(of: 1) == "twothree")
        try await wire.act { try $0.stream(1).writeAndFlush("live") }
        #expect(try await wire.received() == [.data(1, "live")])
    }

    // MARK: Any order

    /// A client that keeps books of its windows, and of what it is owed.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func `in any order of writes, windows and stalls each stream gets what is its own`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let window = [20, 300, 70_000].randomElement(using: &random) ?? 20
        var client = Client(
            wire: try await Self.open(seed % 2 == 0 ? [1] : [1, 3], window: UInt32(window)),
            windows: seed % 2 == 0 ? [1: window] : [1: window, 3: window])
        for _ in 0..<150 { try await client.step(&random) }
        try await client.takeRest()
        #expect(client.received == client.written)
    }

    private struct Client {
        let wire: HTTP2Wire
        var windows: [UInt32: Int]
        var connection = 65_535
        var written: [UInt32: String] = [:]
        var received: [UInt32: String] = [:]
        private var number = 0

        init(wire: HTTP2Wire, windows: [UInt32: Int]) { (self.wire, self.windows) = (wire, windows) }

        mutating func step(_ random: inout SeededGenerator) async throws {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: try await wire.setWritable(Int.random(in: 0..<3, using: &random) > 0)
            case 1: try await wire.send(.ping())
            case 2:
                try await widen(windows.keys.randomElement(using: &random) ?? 1, .random(in: 1...500, using: &random))
            case 3: try await widen(0, .random(in: 1...5_000, using: &random))
            default: try await write(&random)
            }
            try await take()
        }

        private mutating func widen(_ stream: UInt32, _ count: Int) async throws {
            if stream == 0 { connection += count } else { windows[stream, default: 0] += count }
            try await wire.send(.windowUpdate(stream, UInt32(count)))
        }

        /// What one turn of the loop has for the streams.
        private mutating func write(_ random: inout SeededGenerator) async throws {
            let streams = windows.keys.sorted()
            let steps = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                number += 1
                let length = Int.random(in: 0..<9, using: &random) == 0 ? 20_000 : 12
                let text = "\(number)".padding(to: Int.random(in: 6...length, using: &random))
                return (streams.randomElement(using: &random) ?? 1, text, Bool.random(using: &random))
            }
            for (stream, text, _) in steps { written[stream, default: ""] += text }
            try await wire.act { connection in
                for (number, text, isFlushed) in steps {
                    let stream = try connection.stream(number)
                    if isFlushed { stream.writeAndFlush(text) } else { stream.write(text) }
                }
                if steps.count.isMultiple(of: 2) { for number in streams { try connection.stream(number).flush() } }
            }
        }

        private mutating func take() async throws {
            for frame in try await wire.received().of(.data) {
                received[frame.stream, default: ""] += frame.text
                windows[frame.stream, default: 0] -= frame.payload.count
                connection -= frame.payload.count
            }
            #expect(windows.values.allSatisfy { $0 >= 0 } && connection >= 0, "more than there was room for")
            for (stream, text) in received { #expect(written[stream, default: ""].hasPrefix(text)) }
        }

        mutating func takeRest() async throws {
            try await wire.setWritable(true)
            let streams = windows.keys.sorted()
            for stream in [0] + streams { try await widen(stream, 10_000_000) }
            try await wire.act { for stream in streams { try $0.stream(stream).flush() } }
            try await take()
        }
    }
}

/// A connection's side of a wire, on its event loop.
private struct Connection {
    let handler: HTTP2ConnectionHandler

    func stream(_ id: UInt32) throws -> HTTP2StreamOutlet {
        let stream = handler.session?.openStreams.first { $0.id == Int32(id) }
        return try #require((stream?.owner as? HTTP2Exchange)?.outlet)
    }

    func ping() { handler.session?.ping() }
}

extension HTTP2Wire {
    /// Does something in one turn of the connection's loop.
    fileprivate func act(_ body: @escaping @Sendable (Connection) throws -> Void) async throws {
        let channel = channel
        try await channel.testingEventLoop.executeInContext {
            let pipeline = channel.pipeline.syncOperations
            try body(Connection(handler: try pipeline.handler(type: HTTP2ConnectionHandler.self)))
        }
        await settle()
    }
}

extension HTTP2StreamOutlet {
    fileprivate func write(_ text: String) { write(EventFrame(text)) }
    fileprivate func writeAndFlush(_ text: String) { writeAndFlush(EventFrame(text)) }
}

extension EventFrame {
    /// Of these bytes.
    fileprivate init(_ text: String) { self.init(capacity: text.utf8.count) { $0.writeString(text) } }
}

extension String {
    fileprivate func padding(to count: Int) -> String {
        self + String(repeating: ".", count: max(0, count - utf8.count))
    }
}
