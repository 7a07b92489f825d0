import CAllocationCounter
import EventLog
import SeededRandom
import Testing

@testable import MemoryEventLog

/// What is kept of a keyed request.
@Suite struct PublishRecordsTests {
    private static let now = WallTime(milliseconds: 0)

    private static func key(_ key: String, of publisher: String) -> PublishKey {
        PublishKey(publisher: publisher, key: key, digest: Array(repeating: 7, count: 32))
    }

    @Test(arguments: [[], [0], [127, 128], [1, 300, 0, 70_000, 1 << 40], Array(repeating: 3, count: 1000)])
    func `counts are as they were`(counts: [Int]) {
        let packed = PackedAnswer(digest: [1, 2, 3], streamCounts: counts)
        #expect(packed.streamCounts == counts)
        #expect(packed.isOf([1, 2, 3]) && !packed.isOf([1, 2]) && !packed.isOf([1, 2, 4]))
    }

    /// 1,000 counts were 8,000 bytes.
    @Test func `a count takes a byte`() {
        let packed = PackedAnswer(
            digest: Array(repeating: 1, count: 32), streamCounts: Array(repeating: 99, count: 1000))
        #expect(packed.cost < 1100)
    }

    @Test(arguments: [1, 100, 1000], [300, 800])
    func `what keys count for is what they take up`(publishers: Int, count: Int) {
        var records = PublishRecords(seconds: 60, keys: .max, bytes: .max)
        let before = held_bytes()
        for number in 0..<count {
            let key = Self.key(
                "0b5c8a52-7c0e-4a4f-9f2e-\(100_000_000_000 + number)", of: "publisher \(number % publishers)")
            records.insert(1, [3], for: key, now: Self.now)
        }
        let ratio = Double(held_bytes() - before) / Double(records.tally.byteCount)
        #expect((0.3...1.1).contains(ratio), "\(ratio)")
    }

    @Test func `nothing is left of keys whose time is over`() {
        var records = PublishRecords(seconds: 60, keys: .max, bytes: .max)
        for number in 0..<500 {
            records.insert(
                1, [3], for: Self.key("\(number)", of: "a\(number % 7)"), now: Self.now)
        }
        let later = Self.now.adding(seconds: 60)
        records.insert(2, [1], for: Self.key("new", of: "a"), now: later)
        #expect(records.tally.count == 1 && records.tally.byteCount < 1000)
    }
}
