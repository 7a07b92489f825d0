// The registry as a backend of swift-metrics: what libraries count with its types is shown.

import Metrics
import Testing

@testable import GatewayServer

@Suite struct MetricsFactoryTests {
    private let registry = PrometheusRegistry(collectors: [])

    @Test func everyTypeIsShown() {
        Counter(label: "requests", factory: registry).increment(by: 2)
        FloatingPointCounter(label: "seconds", factory: registry).increment(by: 0.25)
        Gauge(label: "temperature", factory: registry).record(36.5)
        Meter(label: "level", dimensions: [("tank", "a")], factory: registry).set(7)
        #expect(
            registry.render() == """
                # TYPE level gauge
                level{tank="a"} 7
                # TYPE requests counter
                requests 2
                # TYPE seconds counter
                seconds 0.25
                # TYPE temperature gauge
                temperature 36.5

                """)
    }

    @Test func timersAndRecordersAreSummaries() {
        let timer = Timer(label: "wait.seconds", factory: registry)
        timer.recordMilliseconds(250)
        timer.recordSeconds(1)
        let recorder = Recorder(label: "bytes", factory: registry)
        recorder.record(10)
        recorder.record(2.5)
        recorder.record(Double.nan)
        #expect(
            registry.render() == """
                # TYPE bytes summary
                bytes_count 2
                bytes_sum 12.5
                # TYPE wait_seconds summary
                wait_seconds_count 2
                wait_seconds_sum 1.25

                """)
    }

    @Test func aMeterGoesUpAndDown() {
        let meter = Meter(label: "level", factory: registry)
        meter.set(10)
        meter.increment(by: 2)
        meter.decrement(by: 5)
        #expect(registry.render() == "# TYPE level gauge\nlevel 7\n")
    }

    @Test func theSameLabelIsTheSameTimeSeries() {
        Counter(label: "a", dimensions: [("x", "1")], factory: registry).increment()
        Counter(label: "a", dimensions: [("x", "1")], factory: registry).increment()
        #expect(registry.render() == "# TYPE a counter\na{x=\"1\"} 2\n")
    }

    @Test func whatIsDestroyedIsGone() {
        let counter = Counter(label: "a", dimensions: [("x", "1")], factory: registry)
        let other = Counter(label: "a", dimensions: [("x", "2")], factory: registry)
        counter.increment()
        other.increment()
        counter.destroy()
        #expect(registry.render() == "# TYPE a counter\na{x=\"2\"} 1\n")
        other.destroy()
        #expect(registry.render() == "")
        Gauge(label: "a", factory: registry).record(1)
        #expect(registry.render() == "# TYPE a gauge\na 1\n")
    }

    @Test func everyTypeCanBeDestroyed() {
        FloatingPointCounter(label: "a", factory: registry).destroy()
        Meter(label: "b", factory: registry).destroy()
        Recorder(label: "c", factory: registry).destroy()
        Timer(label: "d", factory: registry).destroy()
        #expect(registry.render() == "")
    }

    @Test func whatStandsForSeveralStays() {
        let registry = PrometheusRegistry(labelSets: 1, collectors: [])
        Counter(label: "a", dimensions: [("x", "1")], factory: registry).increment()
        let shared = Counter(label: "a", dimensions: [("x", "2")], factory: registry)
        shared.increment()
        shared.destroy()
        #expect(registry.render() == "# TYPE a counter\na{x=\"1\"} 1\na{x=\"other\"} 1\n")
    }

    @Test func fractionsOnlyGoUp() {
        let counter = registry.makeFloatingPointCounter(label: "a", dimensions: [])
        counter.increment(by: 1.5)
        counter.increment(by: -1)
        counter.increment(by: .infinity)
        #expect(registry.render() == "# TYPE a counter\na 1.5\n")
        counter.reset()
        #expect(registry.render() == "# TYPE a counter\na 0\n")
    }
}
