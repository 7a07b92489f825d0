import Foundation
import LoadFleet

/// How often each latency was measured: in JSON every bucket of the histogram, for people two rows per doubling.
struct LatencyDistribution: Sendable, Equatable {
    /// What a histogram holds, the shortest time first.
    let buckets: [LatencyHistogram.Bucket]

    /// - Returns: `nil` when nothing was measured.
    init?(_ histogram: LatencyHistogram) {
        guard histogram.count > 0 else { return nil }
        buckets = histogram.buckets
    }
}

// MARK: - For programs

/// A list of pairs, `[[up_to_us, count], …]`: what another program can merge, and take any percentile of.
extension LatencyDistribution: Encodable {
    func encode(to encoder: any Encoder) throws {
        try buckets.map { [Double($0.upTo) / 1000, Double($0.count)] }.encode(to: encoder)
    }
}

// MARK: - For people

extension LatencyDistribution {
    /// The width of the longest bar.
    private static let barWidth = 40.0

    /// A table of rows with bars, the longest of which stands for the row that holds most.
    var text: String {
        let rows = rows
        let (all, most) = (rows.reduce(0) { $0 + $1.count }, rows.reduce(1) { max($0, $1.count) })
        return rows.reduce(into: "latencies        up to         count    share\n") { text, row in
            let share = 100 * Double(row.count) / Double(all)
            // What is there shows, however little it is.
            let bar = Int((Self.barWidth * Double(row.count) / Double(most)).rounded(.up))
            let figures = String(format: "%19.3f ms %13d  %5.1f %%", Double(row.upTo) / 1e6, row.count, share)
            text += figures + (bar > 0 ? "  " + String(repeating: "█", count: bar) : "") + "\n"
        }
    }

    /// The buckets gathered into halves of doublings, from the first that holds anything to the last: on such an axis
    /// the rare long ones are seen as well as the usual ones. Empty rows between them are kept, or it would be none.
    var rows: [LatencyHistogram.Bucket] {
        guard let first = buckets.first, let last = buckets.last else { return [] }
        let counts = Dictionary(buckets.map { (Self.rowEnd($0.upTo), $0.count) }, uniquingKeysWith: +)
        let ends = sequence(first: Self.rowEnd(first.upTo)) { $0 < last.upTo ? Self.rowEnd($0 + 1) : nil }
        return ends.map { LatencyHistogram.Bucket(upTo: min($0, last.upTo), count: counts[$0] ?? 0) }
    }

    /// The last nanosecond of the row that a time is in. A bucket is in one row, because a doubling is cut evenly.
    private static func rowEnd(_ nanoseconds: UInt64) -> UInt64 {
        guard nanoseconds > 0 else { return 0 }
        let low: UInt64 = 1 << (63 - nanoseconds.leadingZeroBitCount)
        let middle = low + low / 2
        // The highest doubling ends where the numbers do.
        return nanoseconds < middle ? middle - 1 : low &* 2 &- 1
    }
}
