// The exposition, to the letter, and what happens at the bound of label sets.

import Metrics
import Testing

@testable import GatewayServer

@Suite struct MetricsRegistryTests {
    private let registry = PrometheusRegistry(labelSets: 3, collectors: [])

    @Test func nothingIsNothing() {
        #expect(registry.render() == "")
        registry.describe("sluice_streams", "Open streams.")
        #expect(registry.render() == "")
    }

    @Test func aCounterAndItsHelp() {
        registry.describe("sluice_events_total", "Events, by\n\\audience.")
        registry.counter("sluice_events_total", [("audience", "user")]).increment(by: 3)
        registry.counter("sluice_events_total", [("audience", "topic")]).increment()
        #expect(
            registry.render() == """
                # HELP sluice_events_total Events, by\\n\\\\audience.
                # TYPE sluice_events_total counter
                sluice_events_total{audience="topic"} 1
                sluice_events_total{audience="user"} 3

                """)
    }

    @Test func metricsComeInTheOrderOfTheirNames() {
        registry.gauge("b").set(Int64(-2))
        registry.gauge("c").set(1.5)
        _ = registry.counter("a")
        #expect(
            registry.render() == "# TYPE a counter\na 0\n# TYPE b gauge\nb -2\n# TYPE c gauge\nc 1.5\n")
    }

    @Test func labelValuesAreEscaped() {
        registry.counter("a", [("reason", "say \"hi\"\\\nend"), ("code", "ü")]).increment()
        #expect(registry.render().contains(#"a{code="ü",reason="say \"hi\"\\\nend"} 1"# + "\n"))
    }

    @Test func namesAreMadeSafe() {
        registry.counter("http.requests-total", [("status.code", "200"), ("1st", "x")]).increment()
        #expect(registry.render().contains("http_requests_total{_1st=\"x\",status_code=\"200\"} 1\n"))
        #expect(MetricName.metric("") == "_")
        #expect(MetricName.metric("a:b") == "a:b")
        #expect(MetricName.label("a:b") == "a_b")
        #expect(MetricName.metric("9lives") == "_9lives")
    }

    @Test func theOrderOfLabelsDoesNotMatter() {
        registry.counter("a", [("x", "1"), ("y", "2")]).increment()
        registry.counter("a", [("y", "2"), ("x", "1")]).increment()
        #expect(registry.render() == "# TYPE a counter\na{x=\"1\",y=\"2\"} 2\n")
        #expect(LabelSet([("x", "1"), ("x", "2")]) == LabelSet([("x", "2")]))
    }

    @Test func beyondItsBoundAMetricCountsOthers() {
        for number in 1...100 {
            registry.counter("a", [("peer", "\(number)")]).increment()
        }
        #expect(
            registry.render() == """
                # TYPE a counter
                a{peer="1"} 1
                a{peer="2"} 1
                a{peer="3"} 1
                a{peer="other"} 97

                """)
        registry.counter("a", [("peer", "2")]).increment()
        #expect(registry.render().contains("a{peer=\"2\"} 2\n"))
    }

    @Test func aSecondTypeOfTheSameNameIsShownNowhere() {
        registry.counter("a").increment()
        registry.gauge("a").set(Int64(9))
        #expect(registry.render() == "# TYPE a counter\na 1\n")
    }

    @Test func countersOnlyGoUp() {
        let counter = registry.counter("a")
        counter.increment(by: 5)
        counter.increment(by: -3)
        counter.increment(by: 0)
        #expect(counter.value == 5)
        counter.reset()
        #expect(counter.value == 0)
    }

    @Test(arguments: [
        (0.0, "0"), (-1, "-1"), (1.5, "1.5"), (1e15, "1000000000000000"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
        (.nan, "NaN"), (1e300, "1e+300"),
    ]) func numbers(_ value: Double, _ text: String) {
        #expect(MetricFamily.number(value) == text)
    }

    @Test func collectorsAreReadAtEachScrape() {
        let registry = PrometheusRegistry(collectors: [FixedCollector()])
        registry.counter("z").increment()
        #expect(registry.render() == "# HELP m Fixed.\n# TYPE m gauge\nm 4\n# TYPE z counter\nz 1\n")
    }

    private struct FixedCollector: MetricsCollector {
        func collect() -> [MetricFamily] {
            [MetricFamily(name: "m", type: .gauge, help: "Fixed.", samples: [.init(value: 4)])]
        }
    }

    @Test func countingFromManyThreadsLosesNothing() async {
        let counter = registry.counter("a")
        let gauge = registry.gauge("b")
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask { [registry] in
                    for _ in 0..<1000 {
                        counter.increment()
                        gauge.increment(by: 0.5)
                        registry.counter("c", [("t", "x")]).increment()
                    }
                }
            }
        }
        #expect(counter.value == 8000)
        #expect(gauge.value == 4000)
        #expect(registry.render().contains("c{t=\"x\"} 8000\n"))
    }
}
