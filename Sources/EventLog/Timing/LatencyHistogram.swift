// How long something took, each time: counted in buckets, so that quantiles of several event loops and gateways can be
// made of the sum. It names nothing; who shows it does.

internal import Synchronization

/// How often something took how long.
///
/// Recording is two additions, without a lock and without memory. One that each event counts in belongs to one event
/// loop, so that no two processors want its memory; who shows it adds them up.
package final class LatencyHistogram: Sendable {
    /// The buckets' upper bounds, in microseconds. Behind the last one is a bucket without a bound.
    package static let bounds: [UInt64] = [
        100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
        5_000_000, 10_000_000,
    ]

    private let counts = InlineArray<17, Atomic<UInt64>> { _ in Atomic(0) }
    private let microseconds = Atomic<UInt64>(0)

    package init() {}

    /// Counts.
    ///
    /// - Parameters:
    ///   - microseconds: how long it took.
    ///   - count: how often.
    package func record(microseconds: UInt64, count: Int = 1) {
        let (bucket, times) = (Self.bucket(of: microseconds), UInt64(count))
        counts[bucket].wrappingAdd(times, ordering: .relaxed)
        self.microseconds.wrappingAdd(microseconds &* times, ordering: .relaxed)
    }

    /// Counts what took from one moment to another.
    package func record(from start: Stamp, to end: Stamp, count: Int = 1) {
        guard start.isKnown else { return }
        record(microseconds: start.microseconds(to: end), count: count)
    }

    private static func bucket(of microseconds: UInt64) -> Int {
        var bucket = 0
        while bucket < bounds.count, bounds[bucket] < microseconds { bucket += 1 }
        return bucket
    }

    /// What was counted by now. The parts may be some counts apart while another thread records.
    package var tally: LatencyTally {
        LatencyTally(
            counts: (0...Self.bounds.count).map { counts[$0].load(ordering: .relaxed) },
            microseconds: microseconds.load(ordering: .relaxed))
    }
}

/// What histograms have counted together.
package struct LatencyTally: Sendable, Equatable {
    /// One per bucket, none of them contained in another.
    package private(set) var counts: [UInt64]
    /// The sum of all that was counted.
    package private(set) var microseconds: UInt64

    fileprivate init(counts: [UInt64], microseconds: UInt64) {
        (self.counts, self.microseconds) = (counts, microseconds)
    }

    /// The sum of several.
    package init(of histograms: [LatencyHistogram]) {
        self.init(counts: Array(repeating: 0, count: LatencyHistogram.bounds.count + 1), microseconds: 0)
        for tally in histograms.map(\.tally) {
            for (bucket, count) in tally.counts.enumerated() { counts[bucket] &+= count }
            microseconds &+= tally.microseconds
        }
    }

    /// How often.
    package var count: UInt64 { counts.reduce(0, &+) }
}
