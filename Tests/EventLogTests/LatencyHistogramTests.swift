// Buckets, sums, and the moments that they are made of.

import NIOCore
import Testing

@testable import EventLog

@Suite struct LatencyHistogramTests {
    private let histogram = LatencyHistogram()

    @Test(
        arguments: [
            (0, 0), (100, 0), (101, 1), (250, 1), (1000, 3), (1001, 4), (10_000_000, 15), (10_000_001, 16), (.max, 16),
        ] as [(UInt64, Int)])
    func aBoundIsInItsBucket(_ microseconds: UInt64, _ bucket: Int) {
        histogram.record(microseconds: microseconds)
        #expect(histogram.tally.counts.firstIndex(of: 1) == bucket)
        #expect(histogram.tally.count == 1)
    }

    @Test func thereIsABucketBehindTheLastBound() {
        #expect(histogram.tally.counts.count == LatencyHistogram.bounds.count + 1)
        #expect(LatencyHistogram.bounds == LatencyHistogram.bounds.sorted())
    }

    @Test func manyCountAtOnce() {
        histogram.record(microseconds: 200, count: 1000)
        #expect(histogram.tally.counts[1] == 1000)
        #expect(histogram.tally.microseconds == 200_000)
    }

    @Test func theSumOfSeveralIsOfAll() {
        let other = LatencyHistogram()
        histogram.record(microseconds: 50)
        other.record(microseconds: 50, count: 2)
        other.record(microseconds: 400)
        let tally = LatencyTally(of: [histogram, other])
        #expect(tally.counts[0] == 3 && tally.counts[2] == 1)
        #expect(tally.count == 4 && tally.microseconds == 550)
        #expect(LatencyTally(of: []).count == 0)
    }

    @Test func manyThreadsLoseNothing() async {
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask { [histogram] in for _ in 0..<1000 { histogram.record(microseconds: 3) } }
            }
        }
        #expect(histogram.tally.count == 8000 && histogram.tally.microseconds == 24_000)
    }

    // MARK: Moments

    private func stamp(_ microseconds: UInt64) -> Stamp { Stamp(.uptimeNanoseconds(microseconds * 1000)) }

    @Test func aSpanIsWhatIsBetweenTwoMoments() {
        #expect(stamp(1000).microseconds(to: stamp(1250)) == 250)
        #expect(stamp(1250).microseconds(to: stamp(1000)) == 0)
    }

    @Test func aSpanMayGoOverTheEndOfTheCount() {
        let end = UInt64(UInt32.max)
        #expect(stamp(end - 10).microseconds(to: stamp(end + 11)) == 21)
        #expect(stamp(7 * (end + 1) - 5).microseconds(to: stamp(7 * (end + 1) + 5)) == 10)
    }

    @Test func noMomentIsTakenForNone() {
        #expect(stamp(0).isKnown && stamp(UInt64(UInt32.max) + 1).isKnown)
        #expect(!Stamp.unknown.isKnown)
        histogram.record(from: .unknown, to: stamp(1000))
        #expect(histogram.tally.count == 0)
    }

    /// Millions of events may be held.
    @Test func anEventIsNoLargerForItsMoment() {
        #expect(MemoryLayout<LoggedEvent>.stride == 88)
    }
}
