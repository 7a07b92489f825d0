// How long things take, as Prometheus has it: buckets that each contain those before them, from which it makes
// quantiles.

internal import EventLog

/// One time series of a histogram: what several others have recorded, added up when it is shown. Those who record are
/// on event loops of their own, and share nothing.
final class PrometheusHistogram: TimeSeries {
    static var type: MetricType { .histogram }

    private let parts: [LatencyHistogram]

    init(_ parts: [LatencyHistogram]) { self.parts = parts }

    var lines: [MetricLine] {
        let tally = LatencyTally(of: parts)
        var sum: UInt64 = 0
        let buckets = tally.counts.enumerated().map { bucket, count in
            sum &+= count
            let bound = LabelSet.Label(name: "le", value: Self.bound(bucket))
            return MetricLine(suffix: "_bucket", extra: bound, Double(sum))
        }
        // Of the same reading: the last bucket and the count are to be equal.
        return buckets + [
            MetricLine(suffix: "_count", Double(sum)),
            MetricLine(suffix: "_sum", Double(tally.microseconds) / 1_000_000),
        ]
    }

    private static func bound(_ bucket: Int) -> String {
        let bounds = LatencyHistogram.bounds
        return MetricFamily.number(bucket < bounds.count ? Double(bounds[bucket]) / 1_000_000 : .infinity)
    }
}
