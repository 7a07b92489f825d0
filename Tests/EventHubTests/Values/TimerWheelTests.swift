import NIOCore
import SeededRandom
import Testing

@testable import EventHub

/// Many deadlines behind one timer.
@Suite struct TimerWheelTests {
    private static let start = NIODeadline.uptimeNanoseconds(7)

    private static func wheel() -> TimerWheel<Int> {
        TimerWheel(tick: .milliseconds(100), span: .seconds(1), start: start)
    }

    @Test(arguments: [(0, 0), (1, 100), (99, 100), (100, 100), (101, 200), (1000, 1000)])
    func `comes up at its time or at the tick behind it`(due: Int64, expected: Int64) {
        var wheel = Self.wheel()
        _ = wheel.schedule(1, at: Self.start + .milliseconds(due))
        for time in stride(from: Int64(0), to: expected, by: 100) {
            #expect(wheel.takeDue(at: Self.start + .milliseconds(time)).isEmpty)
        }
        #expect(wheel.takeDue(at: Self.start + .milliseconds(expected)) == [1])
        #expect(wheel.takeDue(at: Self.start + .seconds(9)).isEmpty)
    }

    @Test func `what is due already comes up with the next tick`() {
        var wheel = Self.wheel()
        #expect(wheel.takeDue(at: Self.start + .milliseconds(500)).isEmpty)
        _ = wheel.schedule(1, at: Self.start + .milliseconds(200))
        _ = wheel.schedule(2, at: .uptimeNanoseconds(0))
        #expect(wheel.takeDue(at: Self.start + .milliseconds(500)).isEmpty)
        #expect(wheel.takeDue(at: Self.start + .milliseconds(600)).sorted() == [1, 2])
    }

    @Test func `a time beyond its reach comes up early, and is not lost`() {
        var wheel = Self.wheel()
        _ = wheel.schedule(1, at: Self.start + .seconds(3600))
        _ = wheel.schedule(2, at: .distantFuture)
        #expect(wheel.takeDue(at: Self.start + .milliseconds(999)).isEmpty)
        #expect(wheel.takeDue(at: Self.start + .milliseconds(1200)).sorted() == [1, 2])
    }

    @Test func `a long pause brings everything up`() {
        var wheel = Self.wheel()
        for number in 0..<10 { _ = wheel.schedule(number, at: Self.start + .milliseconds(Int64(number) * 100)) }
        #expect(wheel.takeDue(at: Self.start + .seconds(86_400)).sorted() == Array(0..<10))
        _ = wheel.schedule(10, at: Self.start + .seconds(86_400) + .milliseconds(300))
        #expect(wheel.takeDue(at: Self.start + .seconds(86_400) + .milliseconds(200)).isEmpty)
        #expect(wheel.takeDue(at: Self.start + .seconds(86_400) + .milliseconds(300)) == [10])
    }

    /// Against a list that is searched: nothing before its time, nothing later than a tick behind it, nothing twice,
    /// and nothing that was taken out.
    @Test func `random deadlines, some of them taken out`() {
        var random = SeededGenerator(test: "random deadlines, some of them taken out")
        for _ in 0..<100 {
            var wheel = Self.wheel()
            var model: [Int: NIODeadline] = [:]
            var places: [Int: TimerWheel<Int>.Place] = [:]
            var (now, next) = (Self.start, 0)
            for _ in 0..<200 {
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    let due = now + .milliseconds(Int64.random(in: -200...1000, using: &random))
                    places[next] = wheel.schedule(next, at: due)
                    // What is late already when it comes is due at once.
                    model[next] = max(due, now)
                    next += 1
                }
                if Bool.random(using: &random), let number = model.keys.min(), let place = places[number] {
                    model[number] = nil
                    if let moved = wheel.remove(at: place) { places[moved] = place }
                }
                now = now + .milliseconds(Int64.random(in: 0...250, using: &random))
                for number in wheel.takeDue(at: now) {
                    let due = model.removeValue(forKey: number)
                    #expect(due.map { $0 <= now } ?? false, "SLUICE_SEED=\(random.seed)")
                }
                let late = model.values.filter { $0 + .milliseconds(100) <= now }
                #expect(late.isEmpty, "SLUICE_SEED=\(random.seed)")
            }
            #expect(Set(wheel.takeDue(at: now + .seconds(3))) == Set(model.keys), "SLUICE_SEED=\(random.seed)")
        }
    }

    @Test func `what is in no wheel is not taken out`() {
        var wheel = Self.wheel()
        _ = wheel.schedule(1, at: Self.start)
        #expect(wheel.remove(at: .none) == nil)
        #expect(wheel.takeDue(at: Self.start) == [1])
    }
}
