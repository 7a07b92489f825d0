import NIOCore
import SeededRandom
import Testing

@testable import HTTPServing

/// Many callers in a table that does not grow.
@Suite struct BoundedBucketsTests {
    private static let rate = CallRate(1, in: .seconds(1), burst: 2)

    private static func at(_ milliseconds: Int64) -> NIODeadline { TokenBucketTests.at(milliseconds) }

    @Test func `each caller has its own`() {
        var buckets = BoundedBuckets(capacity: 1024)
        for caller in 1...1000 as ClosedRange<UInt64> {
            let caller = BoundedBuckets.fingerprint(of: caller)
            #expect(buckets.take(1, of: caller, at: Self.at(0), Self.rate) == nil)
        }
        #expect(buckets.take(5, of: 1, at: Self.at(0), Self.rate) == nil)
        #expect(buckets.take(1, of: 1, at: Self.at(0), Self.rate) != nil)
        #expect(buckets.take(1, of: 2, at: Self.at(0), Self.rate) == nil)
    }

    @Test func `where there is no room the fullest is forgotten, and never one that is emptier`() {
        var buckets = BoundedBuckets(capacity: 8)
        for caller in 1...8 as ClosedRange<UInt64> {
            buckets.charge(Int(caller) * 10, to: caller, at: Self.at(0), Self.rate)
        }
        // The ninth takes the place of the first, which owes the least.
        buckets.charge(1000, to: 9, at: Self.at(0), Self.rate)
        for caller in 2...9 as ClosedRange<UInt64> {
            #expect(buckets.take(1, of: caller, at: Self.at(0), Self.rate) != nil, "\(caller) was forgotten")
        }
        #expect(buckets.take(1, of: 1, at: Self.at(0), Self.rate) == nil)
    }

    @Test func `it has room for those who are at a limit, and no more than it may`() {
        var random = SeededGenerator(test: "BoundedBucketsTests.growth")
        var buckets = BoundedBuckets(capacity: 4096)
        // Each is full again before the next comes.
        for number in 0..<10_000 as Range<Int64> {
            let caller = UInt64.random(in: .min ... .max, using: &random)
            _ = buckets.take(1, of: caller, at: Self.at(number * 1001), Self.rate)
        }
        #expect(buckets.room == 256)
        // None of these is for an hour. That nine of them are in one set of eight has a chance of one in a million.
        let callers = (0..<250).map { _ in UInt64.random(in: .min ... .max, using: &random) }
        for caller in callers { buckets.charge(3600, to: caller, at: Self.at(20_000_000), Self.rate) }
        for caller in callers { #expect(buckets.take(1, of: caller, at: Self.at(20_000_001), Self.rate) != nil) }
        for _ in 0..<100_000 {
            let caller = UInt64.random(in: .min ... .max, using: &random)
            buckets.charge(3600, to: caller, at: Self.at(20_000_002), Self.rate)
        }
        #expect(buckets.room == 4096)
    }

    @Test func `a flood of strangers forgets nobody who is at a limit`() {
        var random = SeededGenerator(test: "BoundedBucketsTests")
        var buckets = BoundedBuckets(capacity: 64)
        let flooder = UInt64.random(in: .min ... .max, using: &random)
        buckets.charge(1000, to: flooder, at: Self.at(0), Self.rate)
        for _ in 0..<10_000 {
            let stranger = UInt64.random(in: .min ... .max, using: &random)
            #expect(buckets.take(1, of: stranger, at: Self.at(1), Self.rate) == nil)
        }
        #expect(buckets.take(1, of: flooder, at: Self.at(1), Self.rate) != nil)
    }

    /// As long as there is room for all, it is one bucket per caller; beyond, nobody gets less than that.
    @Test func `random callers get what a table without bounds gives them, or more`() {
        var random = SeededGenerator(test: "BoundedBucketsTests.model")
        for callers in [6, 200] as [UInt64] {
            var (buckets, model, now, more) = (BoundedBuckets(capacity: 8), [UInt64: TokenBucket](), Int64(0), 0)
            for _ in 0..<20_000 {
                now += Int64.random(in: 0...20, using: &random)
                let caller = UInt64.random(in: 1...callers, using: &random)
                let isTaken = buckets.take(1, of: caller, at: Self.at(now), Self.rate) == nil
                let isDue = model[caller, default: TokenBucket()].take(1, at: Self.at(now), Self.rate) == nil
                if callers <= 8 { #expect(isTaken == isDue) }
                if isTaken, !isDue { more += 1 }
                if callers <= 8 { continue }
                // The model is charged for what was given, due or not: so each answer is judged by itself.
                if isTaken, !isDue { model[caller]?.charge(1, at: Self.at(now), Self.rate) }
                if !isTaken { #expect(!isDue) }
            }
            #expect((more > 0) == (callers > 8))
        }
    }

    @Test func `fingerprints are the same for the same, and differ for others`() {
        #expect(BoundedBuckets.fingerprint(of: "alice") == BoundedBuckets.fingerprint(of: "alice"))
        #expect(Set((0..<10_000).map { BoundedBuckets.fingerprint(of: "user\($0)") }).count == 10_000)
    }
}
