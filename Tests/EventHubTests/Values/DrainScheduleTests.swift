import EventLog
import NIOCore
import SeededRandom
import Testing

@testable import EventHub

/// How fast streams end when the gateway goes down.
@Suite struct DrainScheduleTests {
    private static let start = NIODeadline.uptimeNanoseconds(5_000_000_000)

    @Test(arguments: [(0, 100), (1, 90), (5, 50), (10, 0), (11, 0), (1000, 0)])
    func `evenly over the window`(seconds: Int64, remaining: Int) {
        let schedule = DrainSchedule(count: 100, start: Self.start, window: .seconds(10))
        #expect(schedule.remaining(at: Self.start + .seconds(seconds)) == remaining)
    }

    @Test func `a window of zero ends all at once`() {
        #expect(DrainSchedule(count: 100, start: Self.start, window: .zero).remaining(at: Self.start) == 0)
    }

    @Test func `no streams, nothing to do`() {
        #expect(DrainSchedule(count: 0, start: Self.start, window: .seconds(1)).remaining(at: Self.start) == 0)
    }

    /// The streams of all shards together end at equal distances, however few each has.
    @Test(arguments: [(1, 1), (2, 1), (4, 1), (8, 1), (4, 2), (8, 25), (64, 1)])
    func `evenly over all shards`(shards: Int, streams: Int) {
        let schedules = (0..<shards).map { number in
            DrainSchedule(
                count: streams, offset: Double(number) / Double(shards), start: Self.start, window: .seconds(64))
        }
        let count = shards * streams
        for milliseconds in stride(from: 0, through: 64_000, by: 100) as StrideThrough<Int64> {
            let now = Self.start + .milliseconds(milliseconds)
            let open = schedules.reduce(0) { $0 + $1.remaining(at: now) }
            let even = Double(count) * (1 - Double(milliseconds) / 64_000)
            #expect(abs(Double(open) - even) <= 1, "\(open) after \(milliseconds) ms")
        }
        #expect(schedules.allSatisfy { $0.remaining(at: Self.start) == streams }, "none before its time")
    }

    @Test func `never more than before, never fewer than an even pace asks for`() {
        var random = SeededGenerator(test: "never more than before")
        for _ in 0..<200 {
            let count = Int.random(in: 0...50_000, using: &random)
            let window = Int64.random(in: 1...60_000, using: &random)
            let schedule = DrainSchedule(count: count, start: Self.start, window: .milliseconds(window))
            var last = count
            for time in stride(from: 0, through: window + 200, by: 100) {
                let now = schedule.remaining(at: Self.start + .milliseconds(time))
                let even = Double(count) * max(0, 1 - Double(time) / Double(window))
                #expect(now <= last && abs(Double(now) - even) <= 1, "SLUICE_SEED=\(random.seed)")
                last = now
            }
            #expect(last == 0, "SLUICE_SEED=\(random.seed)")
        }
    }
}
