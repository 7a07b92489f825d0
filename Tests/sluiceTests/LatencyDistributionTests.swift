import Foundation
import Testing

@testable import LoadFleet
@testable import sluice

/// How often each latency was, as `sluice bench` says it.
@Suite struct LatencyDistributionTests {
    private func distribution(_ values: some Sequence<UInt64>) throws -> LatencyDistribution {
        var histogram = LatencyHistogram()
        for value in values { histogram.record(value) }
        return try #require(LatencyDistribution(histogram))
    }

    @Test func `nothing measured is no distribution`() {
        #expect(LatencyDistribution(LatencyHistogram()) == nil)
    }

    @Test func `its JSON is pairs of microseconds and counts`() throws {
        let json = try JSONEncoder().encode(try distribution([100, 100, 1_000_500]))
        // 1,000,500 ns is the maximum, and so exact.
        #expect(String(decoding: json, as: UTF8.self) == "[[0.1,2],[1000.5,1]]")
    }

    @Test func `a row is half a doubling, and the last one ends with the maximum`() throws {
        let rows = try distribution([1024, 1535, 1536, 2047, 2048, 4000]).rows
        #expect(rows.map(\.upTo) == [1535, 2047, 3071, 4000])
        #expect(rows.map(\.count) == [2, 2, 1, 1])
    }

    @Test func `rows between the first and the last are there when they are empty, too`() throws {
        let rows = try distribution([1000, 9000]).rows
        #expect(rows.map(\.upTo) == [1023, 1535, 2047, 3071, 4095, 6143, 8191, 9000])
        #expect(rows.map(\.count) == [1, 0, 0, 0, 0, 0, 0, 1])
    }

    @Test func `the shortest and the longest have a row`() throws {
        let rows = try distribution([0, .max]).rows
        #expect(rows.first == LatencyHistogram.Bucket(upTo: 0, count: 1))
        #expect(rows.last == LatencyHistogram.Bucket(upTo: .max, count: 1))
    }

    @Test func `every measurement is in the one row that it belongs to`() throws {
        let values = (0..<1000 as Range<UInt64>).map { $0 * $0 * $0 * $0 }
        let rows = try distribution(values).rows
        var first: UInt64 = 0
        for row in rows {
            #expect(row.count == values.count { (first...row.upTo).contains($0) }, "up to \(row.upTo)")
            first = row.upTo + 1
        }
        #expect(rows.last?.upTo == values.last)
    }

    @Test func `a bar is as long as its share of the longest`() throws {
        let values = Array(repeating: 1_000_000, count: 40) + Array(repeating: 2_000_000, count: 20) + [9_000_000]
        let lines = try distribution(values.map(UInt64.init)).text.split(separator: "\n").dropFirst()
        #expect(lines.map { $0.count { $0 == "█" } } == [40, 0, 20, 0, 0, 0, 0, 1])
        #expect(lines.first?.hasPrefix("              1.049 ms            40   65.6 %  █") == true)
    }
}
