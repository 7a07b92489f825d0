import EventLog
import NIOCore
import SeededRandom
import Testing

@testable import EventHub

/// When a stream's client is told that its token ends, and what a newer token changes.
@Suite struct StreamTermTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private static func term(_ seconds: Int64, from now: NIODeadline = start) -> StreamTerm {
        StreamTerm(from: now, to: now + .seconds(seconds), notice: .seconds(60))
    }

    @Test func `told as long ahead as is set`() {
        var term = Self.term(600)
        #expect(term.nextDue == Self.start + .seconds(540))
        #expect(term.takeNotice(at: Self.start + .milliseconds(539_999)) == nil)
        #expect(term.takeNotice(at: Self.start + .milliseconds(540_100)) == 60, "rounded up")
    }

    @Test func `told once, then ended`() {
        var term = Self.term(600)
        _ = term.takeNotice(at: Self.start + .seconds(550))
        #expect(term.takeNotice(at: Self.start + .seconds(551)) == nil)
        #expect(term.nextDue == Self.start + .seconds(600))
    }

    @Test func `a short-lived token is told of at half of its time`() {
        var term = Self.term(20)
        #expect(term.nextDue == Self.start + .seconds(10))
        #expect(term.takeNotice(at: Self.start + .seconds(10)) == 10)
    }

    @Test func `a token that has ended overflows nothing`() {
        let late = Self.start + .hours(1)
        var term = StreamTerm(from: late, to: Self.start, notice: .seconds(60))
        #expect(term.nextDue == Self.start)
        #expect(term.takeNotice(at: late) == 0)
        #expect(StreamTerm(from: Self.start, to: .distantFuture, notice: .seconds(60)).endsAt == .distantFuture)
    }

    @Test func `a newer token that lasts longer takes over, with a notice of its own`() {
        var term = Self.term(600)
        _ = term.takeNotice(at: Self.start + .seconds(550))
        let now = Self.start + .seconds(560)
        term.extend(to: Self.term(600, from: now))
        #expect(term.endsAt == now + .seconds(600))
        #expect(term.takeNotice(at: now + .seconds(540)) == 60)
    }

    @Test func `a newer token that ends sooner changes nothing`() {
        var term = Self.term(600)
        let before = term
        term.extend(to: Self.term(10))
        #expect(term == before)
    }

    /// Times are told in milliseconds, and between two nodes of one log a moment passes.
    @Test(arguments: [-400, -1, 0, 1, 400])
    func `an end that is told again is no newer one`(milliseconds: Int64) {
        var term = Self.term(600)
        _ = term.takeNotice(at: Self.start + .seconds(550))
        let before = term
        let again = Self.start + .seconds(600) + .milliseconds(milliseconds)
        term.extend(to: StreamTerm(from: Self.start + .seconds(551), to: again, notice: .seconds(60)))
        #expect(term == before)
    }

    /// The timer wheel holds each stream once, where it was due when it was put there: later than that it may not be
    /// due.
    @Test func `extending a term that has not been told of never makes it due sooner`() {
        var random = SeededGenerator(test: #function)
        for _ in 0..<10_000 {
            var term = Self.term(.random(in: 1...1000, using: &random))
            let before = term.nextDue
            let now = Self.start + .seconds(.random(in: 0...500, using: &random))
            guard term.takeNotice(at: now) == nil else { continue }
            term.extend(to: Self.term(.random(in: 1...1000, using: &random), from: now))
            #expect(term.nextDue >= before)
        }
    }
}
