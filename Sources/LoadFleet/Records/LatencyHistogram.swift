/// How often each time was measured, in the log-linear buckets of an HdrHistogram. Any number of measurements takes a
/// fixed 40 KB. Percentiles are at most 1/128 (0.8 %) too high, and never too low.
///
/// A value without a clock. The HdrHistogram package would bring further packages into the build, for what is a few
/// lines here.
package struct LatencyHistogram: Sendable, Equatable {
    /// By what share of itself a percentile may be too high.
    package static let resolution = 1.0 / Double(subBuckets)

    /// Measurements that count as equal.
    package struct Bucket: Sendable, Equatable {
        /// The longest time in nanoseconds that it stands for.
        package let upTo: UInt64
        package let count: Int

        package init(upTo: UInt64, count: Int) {
            (self.upTo, self.count) = (upTo, count)
        }
    }

    /// Each doubling is cut into this many buckets of one width.
    private static let subBuckets: UInt64 = 128
    /// 73 minutes in nanoseconds; longer counts as this long.
    private static let longest: UInt64 = 1 << 42

    /// How many measurements there are.
    package private(set) var count = 0
    /// The longest one in nanoseconds, exact; 0 without any.
    package private(set) var maximum: UInt64 = 0

    private var counts = [Int](repeating: 0, count: Self.bucket(of: Self.longest) + 1)

    /// A histogram without measurements.
    package init() {}

    /// Counts a measurement.
    ///
    /// - Parameter nanoseconds: what was measured.
    package mutating func record(_ nanoseconds: UInt64) {
        counts[Self.bucket(of: min(nanoseconds, Self.longest))] += 1
        count += 1
        maximum = max(maximum, nanoseconds)
    }

    /// Adds all that another histogram has.
    ///
    /// - Parameter other: for instance another event loop's.
    package mutating func merge(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        count += other.count
        maximum = max(maximum, other.maximum)
    }

    /// The time that a share of the measurements did not exceed.
    ///
    /// - Parameter share: from 0 to 1: 0.99 for the 99th percentile.
    /// - Returns: nanoseconds, the upper end of the bucket; `nil` without measurements.
    package func percentile(_ share: Double) -> UInt64? {
        guard count > 0 else { return nil }
        let rank = min(count, max(1, Int((share * Double(count)).rounded(.up))))
        var seen = 0
        for (index, inBucket) in counts.enumerated() {
            seen += inBucket
            if seen >= rank { return min(maximum, Self.highest(in: index)) }
        }
        return maximum
    }

    /// The buckets that hold anything, the shortest time first. The last one ends with the maximum.
    package var buckets: [Bucket] {
        var buckets = counts.enumerated().filter { $0.element > 0 }
            .map { Bucket(upTo: Self.highest(in: $0.offset), count: $0.element) }
        if let last = buckets.popLast() { buckets.append(Bucket(upTo: maximum, count: last.count)) }
        return buckets
    }

    /// Values below two rows of buckets are their own bucket; above, a row for each doubling.
    private static func bucket(of value: UInt64) -> Int {
        guard value >= 2 * subBuckets else { return Int(value) }
        let shift = UInt64(63 - value.leadingZeroBitCount) - UInt64(subBuckets.trailingZeroBitCount)
        return Int(shift * subBuckets + value >> shift)
    }

    private static func highest(in bucket: Int) -> UInt64 {
        let index = UInt64(bucket)
        guard index >= 2 * subBuckets else { return index }
        let shift = index / subBuckets - 1
        return (index - shift * subBuckets + 1) << shift - 1
    }
}
