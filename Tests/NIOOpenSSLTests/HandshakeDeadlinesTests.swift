// The order of handshakes' deadlines, as a value; and that one timer is enough for several handlers.

import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct HandshakeDeadlinesTests {
    private func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test func `they pass in their order, each at its time`() {
        var deadlines = HandshakeDeadlines<String>()
        #expect(deadlines.append("a", until: time(1)) == 0)
        #expect(deadlines.append("b", until: time(2)) == 1)
        #expect(deadlines.append("c", until: time(2)) == 2)
        #expect(deadlines.first == time(1))
        #expect(deadlines.takePassed(at: time(0)) == nil)
        #expect(deadlines.takePassed(at: time(1)) == "a")
        #expect(deadlines.takePassed(at: time(1)) == nil)
        #expect(deadlines.takePassed(at: time(3)) == "b")
        #expect(deadlines.takePassed(at: time(3)) == "c")
        #expect(deadlines.first == nil)
    }

    @Test func `a place that is given back is nobody's, whatever has left before it`() {
        var deadlines = HandshakeDeadlines<String>()
        let numbers = ["a", "b", "c", "d"].compactMap { deadlines.append($0, until: time(1)) }
        deadlines.remove(numbers[1])
        deadlines.remove(numbers[0])
        #expect(deadlines.takePassed(at: time(1)) == "c")
        deadlines.remove(numbers[2])
        deadlines.remove(numbers[0])
        #expect(deadlines.takePassed(at: time(1)) == "d")
        #expect(deadlines.append("e", until: time(1)) == 4)
        deadlines.remove(4)
        #expect(deadlines.first == nil)
    }

    @Test func `one that would pass earlier has to see to itself`() {
        var deadlines = HandshakeDeadlines<String>()
        #expect(deadlines.append("a", until: time(2)) == 0)
        #expect(deadlines.append("b", until: time(1)) == nil)
        #expect(deadlines.takePassed(at: time(2)) == "a")
        #expect(deadlines.append("b", until: time(1)) == 1)
    }

    @Test func `one that would pass before the timer has to see to itself, though nobody else is left`() {
        var deadlines = HandshakeDeadlines<String>()
        #expect(deadlines.neededTimer() == nil)
        #expect(deadlines.append("a", until: time(2)) == 0)
        #expect(deadlines.neededTimer() == time(2))
        #expect(deadlines.neededTimer() == nil)
        deadlines.remove(0)
        #expect(deadlines.append("b", until: time(1)) == nil)
        #expect(deadlines.append("c", until: time(3)) == 1)
        #expect(deadlines.neededTimer() == nil)
        deadlines.timerCame()
        #expect(deadlines.takePassed(at: time(2)) == nil)
        #expect(deadlines.neededTimer() == time(3))
        deadlines.timerCame()
        #expect(deadlines.takePassed(at: time(3)) == "c")
        #expect(deadlines.append("b", until: time(1)) == 2)
        #expect(deadlines.neededTimer() == time(1))
    }

    /// What the connections of one event loop share.
    private struct Server {
        let loop = EmbeddedEventLoop()
        private let scratch = OpenSSLScratch()
        private let context: TLSContext

        init() throws { context = try Contexts.make().server }

        /// The end of a peer that connects and says nothing.
        func end(_ seconds: Int64) throws -> End {
            let handler = OpenSSLHandler(
                serverContext: context, handshakeTimeout: .seconds(seconds), scratch: scratch)
            let end = try End(handler, loop: loop)
            try end.connect()
            return end
        }
    }

    /// Silent peers of servers that share an event loop's memory, the second a second after the first.
    @Test(arguments: [10, 4]) func `each silent peer is cut off at its own time`(secondTimeout: Int64) throws {
        let server = try Server()
        let first = try server.end(10)
        server.loop.advanceTime(by: .seconds(1))
        let second = try server.end(secondTimeout)
        // The second's time runs from when it began: at 11 s or at 5 s of the first's.
        let isFirst = secondTimeout == 10
        let (early, late) = isFirst ? (first, second) : (second, first)
        let (earlyEnd, lateEnd): (Int64, Int64) = isFirst ? (9_000, 10_000) : (4_000, 9_000)
        server.loop.advanceTime(by: .milliseconds(earlyEnd - 1))
        #expect(early.channel.isActive && late.channel.isActive)
        server.loop.advanceTime(by: .milliseconds(1))
        #expect(!early.channel.isActive && late.channel.isActive)
        server.loop.advanceTime(by: .milliseconds(lateEnd - earlyEnd - 1))
        #expect(late.channel.isActive)
        server.loop.advanceTime(by: .milliseconds(1))
        #expect(!late.channel.isActive)
        #expect(early.recorder.codes == [.handshakeTimedOut] && late.recorder.codes == [.handshakeTimedOut])
    }

    /// As after a reload to a shorter time: the timer of the longer one still stands.
    @Test func `a silent peer is cut off in time after one with more of it is gone`() throws {
        let server = try Server()
        let first = try server.end(10)
        first.channel.close(promise: nil)
        #expect(!first.channel.isActive)
        let second = try server.end(4)
        server.loop.advanceTime(by: .milliseconds(3_999))
        #expect(second.channel.isActive)
        server.loop.advanceTime(by: .milliseconds(1))
        #expect(!second.channel.isActive)
        #expect(second.recorder.codes == [.handshakeTimedOut])
        // The timer that nobody needed comes; one who begins then has one again.
        server.loop.advanceTime(by: .seconds(6))
        let third = try server.end(2)
        server.loop.advanceTime(by: .seconds(2))
        #expect(!third.channel.isActive)
    }
}
