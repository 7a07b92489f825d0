// From two readings of the metrics to numbers for people: what is now, and what came per second between the two.

internal import NIOCore

/// The figures of one moment, beside those of a while before.
struct SnapshotRates: Sendable {
    let now: MetricReading
    /// Nothing at the first reading.
    let before: MetricReading?

    private var seconds: Double? {
        guard let before, now.at > before.at else { return nil }
        return Double((now.at - before.at).nanoseconds) / 1e9
    }

    /// The figure of a selection; nil while there is none.
    func figure(_ figure: Figure, of selection: MetricSelection) -> Double? {
        switch figure {
        case .value: now.value(of: selection)
        case .rate: now.value(of: selection).flatMap { rate($0, since: before?.value(of: selection)) }
        case .quantile(let share):
            now.histogram(of: selection).flatMap { histogram in
                before.flatMap { histogram.since($0.histogram(of: selection) ?? HistogramQuantiles([])) }
            }?.quantile(share)
        }
    }

    /// The same for each value of a label.
    func figures(_ figure: Figure, of selection: MetricSelection, by label: String) -> [String: Double] {
        switch figure {
        case .value: return now.values(of: selection, by: label)
        case .rate:
            let earlier = before?.values(of: selection, by: label)
            return now.values(of: selection, by: label).reduce(into: [:]) { rates, pair in
                rates[pair.key] = rate(pair.value, since: earlier.map { $0[pair.key] ?? 0 })
            }
        case .quantile(let share):
            guard let earlier = before?.histograms(of: selection, by: label) else { return [:] }
            return now.histograms(of: selection, by: label).reduce(into: [:]) { quantiles, pair in
                let since = pair.value.since(earlier[pair.key] ?? HistogramQuantiles([]))
                quantiles[pair.key] = since?.quantile(share)
            }
        }
    }

    /// A counter that is less than it was has begun anew: how much it counted meanwhile is not known.
    private func rate(_ value: Double, since earlier: Double?) -> Double? {
        guard let earlier, let seconds, value >= earlier else { return nil }
        return (value - earlier) / seconds
    }
}

/// What is shown of a metric.
enum Figure: Sendable, Equatable {
    /// As it is.
    case value
    /// How much it rises in a second.
    case rate
    /// What a share of a histogram's values was at most.
    case quantile(Double)
}

/// The last readings, so that there is one of a while ago to compare with.
struct ReadingWindow: Sendable {
    /// Rates and quantiles are those of so long: what happens now and then is seen, and what is new is seen at once.
    static let length = TimeAmount.seconds(5)

    private var readings: [MetricReading] = []

    /// How many readings are kept.
    var count: Int { readings.count }

    /// Adds a reading.
    ///
    /// - Returns: it, beside the newest one that is ``length`` older, or else the oldest that there is.
    mutating func add(_ reading: MetricReading) -> SnapshotRates {
        // A reading may come a little early: a timer's turn is no promise.
        let bound = reading.at - Self.length + .milliseconds(100)
        if let last = readings.lastIndex(where: { $0.at <= bound }) { readings.removeFirst(last) }
        let snapshot = SnapshotRates(now: reading, before: readings.first)
        readings.append(reading)
        if readings.count > Self.most { readings.removeFirst() }
        return snapshot
    }

    /// One each second, and one that is older.
    private static let most = 8
}
