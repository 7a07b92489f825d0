import Testing

@testable import HTTPServing

/// When a connection's output is sent, as values.
@Suite struct HTTP2OutputScheduleTests {
    private final class Reader {}
    private typealias Schedule = HTTP2OutputSchedule<Reader>

    private static func open() -> Schedule {
        var schedule = Schedule()
        _ = schedule.writabilityChanged(to: true)
        return schedule
    }

    @Test func `the only event stream is written to at once`() {
        var schedule = Self.open()
        let action = schedule.outputCame(eventStreams: 1)
        #expect(action == .send)
    }

    @Test func `several streams share one turn`() {
        var schedule = Self.open()
        let first = schedule.outputCame(eventStreams: 2)
        let second = schedule.outputCame(eventStreams: 2)
        schedule.laterCame()
        let next = schedule.outputCame(eventStreams: 2)
        #expect(first == .sendLater && second == .nothing && next == .sendLater)
    }

    @Test func `a stream that waits for room is a reason to share a turn`() {
        var schedule = Self.open()
        let reader = Reader()
        schedule.waits(reader)
        let waiting = schedule.outputCame(eventStreams: 1)
        schedule.laterCame()
        schedule.waitsNoMore(reader)
        let alone = schedule.outputCame(eventStreams: 1)
        #expect(waiting == .sendLater && alone == .send)
    }

    @Test func `what one read causes is sent behind it`() {
        var schedule = Self.open()
        let isHandled = schedule.receives()
        let during = schedule.outputCame(eventStreams: 1)
        schedule.received()
        let behind = schedule.outputCame(eventStreams: 1)
        #expect(isHandled && during == .nothing && behind == .send)
    }

    @Test func `what comes while sending goes in the next round, and sending does not nest`() {
        var schedule = Self.open()
        let begins = schedule.beginsSending()
        let takes = schedule.takesOutput()
        let during = schedule.outputCame(eventStreams: 1)
        let nested = schedule.beginsSending()
        schedule.sent(isMore: false)
        let goesOn = schedule.sendsOn(isOver: false)
        #expect(begins && takes && during == .nothing && !nested && goesOn)
        let again = schedule.takesOutput()
        let isDone = !schedule.sendsOn(isOver: false)
        #expect(again && isDone)
        schedule.endsSending()
        let next = schedule.beginsSending()
        #expect(next)
    }

    @Test func `more than a socket is given at a time goes on`() {
        var schedule = Self.open()
        _ = schedule.beginsSending()
        _ = schedule.takesOutput()
        schedule.sent(isMore: true)
        let goesOn = schedule.sendsOn(isOver: false)
        #expect(goesOn)
    }

    @Test func `a socket that takes nothing is given nothing, except at the end`() {
        var schedule = Schedule()
        let unwritable = schedule.takesOutput()
        schedule.ends()
        let (ending, isEnding) = (schedule.takesOutput(), schedule.isEnding)
        #expect(!unwritable && ending && isEnding)
    }

    @Test func `the end is sent, and nothing behind it`() {
        var schedule = Self.open()
        schedule.ends()
        let (goodbye, more) = (schedule.sendsOn(isOver: false), schedule.sendsOn(isOver: true))
        let isHandled = schedule.receives()
        #expect(goodbye && !more && !isHandled)
    }

    @Test func `a connection that nghttp2 has given up waits for no socket`() {
        var schedule = Schedule()
        schedule.stopsWaiting()
        let (takes, goesOn) = (schedule.takesOutput(), schedule.sendsOn(isOver: false))
        #expect(takes && !goesOn)
    }

    @Test func `who takes nothing is not read from until it does`() {
        var schedule = Self.open()
        let whileWritable = schedule.reads()
        let full = schedule.writabilityChanged(to: false)
        let whileFull = schedule.reads()
        let free = schedule.writabilityChanged(to: true)
        let asked = schedule.reads()
        let freeAgain = schedule.writabilityChanged(to: true)
        #expect(whileWritable && full == .countUnsent && !whileFull && free == .sendAndRead)
        #expect(asked && freeAgain == .send)
    }

    @Test func `at the end it is read, so that the client's goodbye is heard`() {
        var schedule = Schedule()
        schedule.ends()
        let reads = schedule.reads()
        #expect(reads)
    }

    @Test func `who waits for room is asked when the socket takes more, once each time`() {
        var schedule = Self.open()
        let (first, second) = (Reader(), Reader())
        schedule.waits(first)
        schedule.waits(second)
        _ = schedule.writabilityChanged(to: false)
        let whileFull = schedule.takeWaiters()
        _ = schedule.writabilityChanged(to: true)
        let asked = schedule.takeWaiters()
        let twice = schedule.takeWaiters()
        #expect(whileFull.isEmpty && asked.count == 2 && asked[0] === first && asked[1] === second && twice.isEmpty)
    }

    @Test func `a stream that has closed hears of no room, nor does any of a connection that has gone`() {
        var schedule = Self.open()
        let (first, second) = (Reader(), Reader())
        schedule.waits(first)
        schedule.waits(second)
        schedule.waitsNoMore(first)
        let left = schedule.takeWaiters()
        schedule.waits(second)
        schedule.isGone()
        _ = schedule.writabilityChanged(to: true)
        let none = schedule.takeWaiters()
        #expect(left.count == 1 && left[0] === second && none.isEmpty)
    }
}
