import Testing

@testable import LoadFleet

@Suite struct FleetHistogramTests {
    private func histogram(_ values: some Sequence<UInt64>) -> LatencyHistogram {
        var histogram = LatencyHistogram()
        for value in values { histogram.record(value) }
        return histogram
    }

    @Test func `without measurements there is no percentile`() {
        let empty = LatencyHistogram()
        #expect(empty.percentile(0.5) == nil)
        #expect(empty.maximum == 0)
        #expect(empty.count == 0)
    }

    @Test func `one measurement is every percentile, exactly`() {
        for value: UInt64 in [0, 1, 127, 128, 255, 256, 257, 1_234_567, 1 << 41] {
            let one = histogram([value])
            for share in [0, 0.5, 0.99, 1] { #expect(one.percentile(share) == value) }
            #expect(one.maximum == value)
        }
    }

    @Test(arguments: [0, 1, 255, 256, 511, 512, 1000, 65_535, 65_536, 999_999, 1 << 30, (1 << 40) + 12_345])
    func `a percentile is never too low, and too high by the resolution at most`(_ value: Int) throws {
        let value = UInt64(value)
        let found = try #require(histogram([value, 1 << 42]).percentile(0.5))
        #expect(found >= value)
        #expect(Double(found - value) <= Double(value) * LatencyHistogram.resolution)
    }

    @Test func `percentiles count from below`() throws {
        let thousand = histogram((1...1000).map { $0 * 1_000_000 })
        for (share, expected) in [(0.001, 1), (0.5, 500), (0.9, 900), (0.99, 990), (0.999, 999), (1, 1000)] {
            let found = try #require(thousand.percentile(share))
            #expect((1...1 + LatencyHistogram.resolution).contains(Double(found) / (Double(expected) * 1e6)))
        }
    }

    @Test func `what is longer than the longest counts, and the maximum is exact`() {
        let long = histogram([UInt64.max, 5])
        #expect(long.count == 2)
        #expect(long.maximum == .max)
        #expect(long.percentile(0.5) == 5)
        #expect(long.percentile(1) ?? 0 >= 1 << 42)
    }

    @Test func `histograms of several event loops make one`() {
        var all = histogram([1, 2, 3])
        all.merge(histogram([1_000_000, 2_000_000]))
        #expect(all == histogram([2_000_000, 3, 1, 1_000_000, 2]))
    }

    @Test func `the buckets hold every measurement, in order`() {
        let buckets = histogram([1_000_000, 5, 5, 300, 301]).buckets
        // From 256 on two times share a bucket; the maximum is exact.
        #expect(buckets.map(\.upTo) == [5, 301, 1_000_000])
        #expect(buckets.map(\.count) == [2, 2, 1])
    }

    @Test func `without measurements there are no buckets`() {
        #expect(LatencyHistogram().buckets.isEmpty)
    }
}
