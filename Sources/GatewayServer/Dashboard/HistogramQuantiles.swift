// What a histogram's buckets say of its quantiles. A value: it counts nothing and knows no metric.

/// The buckets of a histogram over some time, as Prometheus has them: each counts what was at most its bound.
struct HistogramQuantiles: Sendable, Equatable {
    /// The upper bounds in rising order; the last is infinite.
    private var bounds: [Double] = []
    /// How much was at most each bound.
    private var counts: [Double] = []

    /// - Parameter buckets: bounds and cumulative counts. Those of several time series add up.
    init(_ buckets: some Sequence<(bound: Double, count: Double)>) {
        var sums: [Double: Double] = [:]
        for bucket in buckets where !bucket.bound.isNaN { sums[bucket.bound, default: 0] += bucket.count }
        for (bound, count) in sums.sorted(by: { $0.key < $1.key }) {
            bounds.append(bound)
            counts.append(count)
        }
    }

    /// How many values there were.
    var count: Double { counts.last ?? 0 }

    /// What came since an earlier reading of the same histogram; nil if it was started anew, or has other buckets.
    func since(_ earlier: HistogramQuantiles) -> HistogramQuantiles? {
        guard earlier.bounds == bounds else { return earlier.bounds.isEmpty ? self : nil }
        let pairs = zip(counts, earlier.counts)
        guard pairs.allSatisfy({ $0 >= $1 }) else { return nil }
        return HistogramQuantiles(zip(bounds, pairs.map { $0 - $1 }).map { (bound: $0, count: $1) })
    }

    /// The value that a share of all values is at most, as PromQL's `histogram_quantile` estimates it: evenly spread
    /// within its bucket.
    ///
    /// - Parameter share: from 0 to 1.
    /// - Returns: nil without values. Beyond the last finite bound nothing is known but that: it is the answer.
    func quantile(_ share: Double) -> Double? {
        guard count > 0, (0...1).contains(share) else { return nil }
        let rank = share * count
        guard let index = counts.firstIndex(where: { $0 >= rank && $0 > 0 }) else { return nil }
        guard bounds[index].isFinite else { return bounds.last(where: \.isFinite) }
        let (lower, below) = index == 0 ? (min(0, bounds[0]), 0) : (bounds[index - 1], counts[index - 1])
        let within = counts[index] - below
        return within > 0 ? lower + (bounds[index] - lower) * (rank - below) / within : bounds[index]
    }
}
