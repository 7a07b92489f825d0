// How histograms are shown, and what a loop that was late counts.

import EventLog
import NIOCore
import Testing

@testable import GatewayServer

@Suite struct MetricsHistogramTests {
    private let registry = PrometheusRegistry(collectors: [])

    @Test func itsBucketsContainEachOther() {
        let parts = [LatencyHistogram(), LatencyHistogram()]
        registry.describe("a_seconds", "How long.")
        registry.histogram("a_seconds", [("loop", "0")], of: parts)
        parts[0].record(microseconds: 90)
        parts[1].record(microseconds: 90)
        parts[1].record(microseconds: 3000)
        parts[1].record(microseconds: 20_000_000)
        #expect(
            registry.render() == """
                # HELP a_seconds How long.
                # TYPE a_seconds histogram
                a_seconds_bucket{loop="0",le="0.0001"} 2
                a_seconds_bucket{loop="0",le="0.00025"} 2
                a_seconds_bucket{loop="0",le="0.0005"} 2
                a_seconds_bucket{loop="0",le="0.001"} 2
                a_seconds_bucket{loop="0",le="0.0025"} 2
                a_seconds_bucket{loop="0",le="0.005"} 3
                a_seconds_bucket{loop="0",le="0.01"} 3
                a_seconds_bucket{loop="0",le="0.025"} 3
                a_seconds_bucket{loop="0",le="0.05"} 3
                a_seconds_bucket{loop="0",le="0.1"} 3
                a_seconds_bucket{loop="0",le="0.25"} 3
                a_seconds_bucket{loop="0",le="0.5"} 3
                a_seconds_bucket{loop="0",le="1"} 3
                a_seconds_bucket{loop="0",le="2.5"} 3
                a_seconds_bucket{loop="0",le="5"} 3
                a_seconds_bucket{loop="0",le="10"} 3
                a_seconds_bucket{loop="0",le="+Inf"} 4
                a_seconds_count{loop="0"} 4
                a_seconds_sum{loop="0"} 20.00318

                """)
    }

    // MARK: Late loops

    private func lags(_ late: TimeAmount) -> [UInt64] {
        LoopLag.lags(at: .uptimeNanoseconds(1_000_000_000) + late, due: .uptimeNanoseconds(1_000_000_000))
    }

    @Test func aBeatCountsHowLateItIs() {
        #expect(lags(.microseconds(80)) == [80])
        #expect(lags(.zero) == [0])
        #expect(lags(.microseconds(-5)) == [0])
    }

    /// Whoever asked in between has waited too.
    @Test func aLoopThatStoodStillCountsTheBeatsThatItMissed() {
        #expect(lags(.milliseconds(250)) == [250_000, 150_000, 50_000])
        #expect(lags(.hours(24)).count == 600)
    }

    @Test func aSuspendedProcessCostsLittle() {
        #expect(lags(.hours(24)).first == 86_400_000_000)
    }
}
