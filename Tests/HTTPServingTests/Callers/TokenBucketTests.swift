import NIOCore
import SeededRandom
import Testing

@testable import HTTPServing

/// What a caller gets of a rate, told by times that are passed in.
@Suite struct TokenBucketTests {
    static func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000_000) + .milliseconds(milliseconds)
    }

    @Test func `a full bucket gives its burst at once, and then one at a time`() {
        let rate = CallRate(10, in: .seconds(1), burst: 3)
        var bucket = TokenBucket()
        for _ in 0..<3 { #expect(bucket.take(1, at: Self.at(0), rate) == nil) }
        #expect(bucket.take(1, at: Self.at(0), rate) == .milliseconds(100))
        #expect(bucket.take(1, at: Self.at(99), rate) == .milliseconds(1))
        #expect(bucket.take(1, at: Self.at(100), rate) == nil)
        #expect(bucket.take(1, at: Self.at(150), rate) == .milliseconds(50))
    }

    @Test func `who takes more than there is waits until it is paid`() {
        let rate = CallRate(1000, in: .seconds(1), burst: 1000)
        var bucket = TokenBucket()
        #expect(bucket.take(5000, at: Self.at(0), rate) == nil)
        #expect(bucket.take(1, at: Self.at(0), rate) == .milliseconds(4001))
        #expect(bucket.take(1, at: Self.at(4000), rate) != nil)
        #expect(bucket.take(1, at: Self.at(4001), rate) == nil)
    }

    @Test func `who is refused is charged nothing, and who asks for nothing gets it`() {
        let rate = CallRate(1, in: .minutes(1), burst: 1)
        var bucket = TokenBucket()
        #expect(bucket.take(1, at: Self.at(0), rate) == nil)
        let before = bucket
        for _ in 0..<100 { #expect(bucket.take(1, at: Self.at(1), rate) != nil) }
        #expect(bucket == before)
        #expect(bucket.take(0, at: Self.at(2), rate) == nil && bucket == before)
    }

    @Test(arguments: [0, 1, Int.max, -1, Int.min]) func `no number makes it trap`(amount: Int) {
        for rate in [CallRate(1, in: .hours(1), burst: 1), CallRate(.max, in: .nanoseconds(1), burst: .max)] {
            var bucket = TokenBucket()
            bucket.charge(amount, at: .uptimeNanoseconds(.max), rate)
            bucket.charge(amount, at: .uptimeNanoseconds(0), rate)
            _ = bucket.take(amount, at: .uptimeNanoseconds(0), rate)
            _ = bucket.take(1, at: .uptimeNanoseconds(.max), rate)
        }
    }

    /// Over any time, a caller gets its burst and what has come since.
    @Test func `random takers get the rate and no more`() {
        var random = SeededGenerator(test: "TokenBucketTests")
        for _ in 0..<200 {
            let (amount, burst) = (Int.random(in: 1...50, using: &random), Int.random(in: 1...100, using: &random))
            let rate = CallRate(amount, in: .seconds(1), burst: burst)
            var (bucket, now, taken) = (TokenBucket(), Int64(0), 0)
            for _ in 0..<500 {
                now += Int64.random(in: 0...200, using: &random)
                if bucket.take(1, at: Self.at(now), rate) == nil { taken += 1 }
                let due = Double(burst) + Double(amount) * Double(now) / 1000
                #expect(Double(taken) <= due + 0.001)
            }
        }
    }

    /// As a plain count of tokens that are added as time passes would have it.
    @Test func `it says what a count of tokens says`() {
        var random = SeededGenerator(test: "TokenBucketTests.count")
        for _ in 0..<100 {
            // A whole number of nanoseconds a token, so that the model has no fractions.
            let rate = CallRate(8, in: .milliseconds(8), burst: 20)
            var (bucket, tokens, now) = (TokenBucket(), Int64(20_000_000), Int64(0))
            for _ in 0..<300 {
                let pause = Int64.random(in: 0...20, using: &random)
                now += pause
                tokens = min(20_000_000, tokens + pause * 1_000_000)
                let amount = Int.random(in: 0...30, using: &random)
                let isTaken = bucket.take(amount, at: Self.at(now), rate) == nil
                #expect(isTaken == (tokens >= Int64(min(amount, 20)) * 1_000_000))
                if isTaken { tokens -= Int64(amount) * 1_000_000 }
            }
        }
    }
}
