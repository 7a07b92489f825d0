// Quantiles from buckets, against answers that can be worked out by hand.

import Testing

@testable import GatewayServer

@Suite struct HistogramQuantileTests {
    private static func histogram(_ counts: [Double]) -> HistogramQuantiles {
        HistogramQuantiles(zip([0.001, 0.01, 0.1, .infinity], counts).map { (bound: $0, count: $1) })
    }

    /// Ten values up to 1 ms, eighty up to 10 ms, ten up to 100 ms.
    private let spread = histogram([10, 90, 100, 100])

    @Test(arguments: [
        (0.05, 0.0005), (0.1, 0.001), (0.5, 0.0055), (0.9, 0.01), (0.95, 0.055), (1, 0.1),
    ])
    func aQuantileIsWhereItsRankIsInItsBucket(share: Double, expected: Double) throws {
        #expect(abs(try #require(spread.quantile(share)) - expected) < 1e-9)
    }

    @Test func withoutValuesThereIsNone() {
        #expect(Self.histogram([0, 0, 0, 0]).quantile(0.5) == nil)
        #expect(HistogramQuantiles([]).quantile(0.5) == nil)
        #expect(spread.quantile(1.1) == nil && spread.quantile(-0.1) == nil && spread.quantile(.nan) == nil)
    }

    @Test func beyondTheLastBoundNothingIsKnownButThat() {
        #expect(Self.histogram([0, 0, 0, 7]).quantile(0.5) == 0.1)
        #expect(HistogramQuantiles([(bound: .infinity, count: 3)]).quantile(0.5) == nil)
    }

    @Test func whatCameSinceIsTheDifference() {
        #expect(Self.histogram([10, 90, 200, 200]).since(spread)?.quantile(0) == 0.01)
        #expect(spread.since(spread)?.count == 0)
        #expect(spread.since(HistogramQuantiles([])) == spread, "there was none before")
    }

    @Test func oneThatWasStartedAnewHasNoDifference() {
        #expect(Self.histogram([0, 1, 1, 1]).since(spread) == nil)
        #expect(HistogramQuantiles([(bound: 1, count: 500)]).since(spread) == nil)
    }

    @Test func seriesAddUp() {
        let both = HistogramQuantiles(
            [(0.1, 4), (.infinity, 4), (0.1, 1), (.infinity, 6)].map { (bound: $0.0, count: $0.1) })
        #expect(both.count == 10)
        #expect(both.quantile(0.5) == 0.1)
    }
}
