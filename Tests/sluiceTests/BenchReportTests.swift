import Foundation
import Testing

@testable import LoadFleet
@testable import sluice

/// The figures of `sluice bench`, as text and as JSON.
@Suite struct BenchReportTests {
    /// Publishes 100 requests of 1000 events within 2 s; 50 ms is the longest of 1000 latencies.
    private func result(_ change: (inout FleetResult.Streams) -> Void = { _ in }) -> FleetResult {
        var publishing = PublishTally()
        publishing.requests = 100
        publishing.events = 1000
        var latencies = FleetLatencies()
        for number in 1...1000 {
            latencies.record(UInt64(number) * 50_000, on: .ordinary, in: .load)
        }
        var ordinary = FleetResult.Streams()
        ordinary.tally.opened = 10
        change(&ordinary)
        return FleetResult(
            load: FleetResult.Load(
                publishing: publishing, steadyRequests: 100, publishingTime: .seconds(2), deliveries: 4000,
                deliveryTime: .seconds(4)),
            reconnect: nil, latencies: latencies, ordinary: ordinary, stalled: FleetResult.Streams(),
            steady: FleetResult.Streams())
    }

    private let usage = {
        var usage = ServerWatch.Usage(ServerProcess.Sample(cpuMicroseconds: 0, residentKiB: 1000))
        usage.take(ServerProcess.Sample(cpuMicroseconds: 10_000, residentKiB: 1500), in: .opening)
        usage.take(ServerProcess.Sample(cpuMicroseconds: 20_000, residentKiB: 2000), in: .publishing)
        usage.take(ServerProcess.Sample(cpuMicroseconds: 30_000, residentKiB: 9000), in: .publishing)
        usage.take(ServerProcess.Sample(cpuMicroseconds: 60_000, residentKiB: 3000), in: .settled)
        usage.take(ServerProcess.Sample(cpuMicroseconds: 90_000, residentKiB: 2500), in: .finished)
        return usage
    }()

    private func members(_ report: BenchReport) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any])
    }

    @Test func `the members of the JSON object are stable, and have their units`() throws {
        let report = BenchReport(FleetPlan(), result(), server: usage, clientCPUMicroseconds: 40_000)
        let members = try members(report)
        #expect(
            Set(members.keys) == [
                "http_version", "streams_per_connection", "streams", "users", "to", "rate_per_second", "publishers",
                "batch", "payload_bytes", "latency_p50_us",
                "latency_p90_us", "latency_p99_us", "latency_p999_us", "latency_max_us", "latency_resolution",
                "latency_histogram",
                "deliveries", "deliveries_per_second", "publishes", "publishes_per_second", "events_published",
                "events_per_second", "events_failed", "publish_seconds", "delivery_seconds", "lost", "missed_with_gap",
                "doubled", "out_of_order", "unexpected", "gaps", "opened_streams", "refused_streams", "broken_streams",
                "broken_publisher_connections", "server_cpu_us_per_delivery", "server_cpu_us_per_publish",
                "server_cpu_seconds", "server_resident_before_kib", "server_resident_open_kib",
                "server_resident_after_kib", "server_resident_peak_kib", "client_cpu_us_per_delivery", "flawless",
            ])
        #expect(try report.json().filter(\.isNewline).count == 1)
    }

    @Test func `the figures are what they are called`() throws {
        let report = BenchReport(FleetPlan(), result(), server: usage, clientCPUMicroseconds: 40_000)
        #expect(report.deliveriesPerSecond == 1000)
        #expect(report.publishesPerSecond == 50)
        #expect(report.eventsPerSecond == 500)
        #expect(report.latencyMaxUs == 50_000)
        let p99 = try #require(report.latencyP99Us)
        #expect((49_500...49_500 * (1 + LatencyHistogram.resolution)).contains(p99))
        #expect(report.serverCpuUsPerDelivery == 10)
        #expect(report.serverCpuUsPerPublish == 200)
        #expect(report.clientCpuUsPerDelivery == 10)
        #expect(report.serverResidentBeforeKib == 1000)
        #expect(report.serverResidentOpenKib == 2000)
        #expect(report.serverResidentAfterKib == 2500)
        #expect(report.serverResidentPeakKib == 9000)
        #expect(report.flawless)
    }

    @Test func `a broken promise is a flaw`() {
        #expect(result().isFlawless)
        #expect(!result { $0.tally.doubled = 1 }.isFlawless)
        #expect(!result { $0.tally.outOfOrder = 1 }.isFlawless)
        #expect(!result { $0.tally.unexpected = 1 }.isFlawless)
    }

    @Test func `a loss is a flaw, unless the stream was told of it`() {
        #expect(!result { $0.missing.lost = 1 }.isFlawless)
        #expect(result { $0.missing.told = 1 }.isFlawless)
        #expect(result { $0.tally.broken = 1 }.isFlawless)
    }

    @Test func `the text has a line for what was measured, and none for what was not`() {
        let text = BenchReport(FleetPlan(), result { $0.missing.lost = 3 }, server: usage).text
        #expect(text.contains("latency        p50 25."))
        #expect(text.contains("publishing     100 requests in 2.00 s, 50/s"))
        #expect(text.contains("deliveries     4000 in 4.00 s, 1000/s"))
        #expect(text.contains("events         3 lost, 0 missed with a gap told, 0 doubled"))
        #expect(text.contains("server CPU     10.0 µs per delivery, 200.0 µs per publish"))
        #expect(
            text.contains("server memory  1000 KiB before, 2000 KiB with the streams open, 2500 KiB after, 9000 KiB"))
        for absent in ["stalled", "resume", "steady", "client CPU", "refused        "] {
            #expect(!text.contains("\n\(absent)"))
        }
    }

    @Test func `streams that were not let in are counted first, with the reason`() {
        let refused = result {
            $0.tally.refused = 90
            $0.tally.firstRefusal = "the gateway ended the stream (streams-limit): 10 streams are open"
        }
        #expect(refused.refusedStreams == 90)
        let text = BenchReport(FleetPlan(), refused).text
        #expect(text.contains("streams        only 10 of 100 were let in: "))
        #expect(text.contains("refused        the gateway ended the stream (streams-limit): 10 streams are open"))
        #expect(result().refusedStreams == 0)
    }

    @Test func `the text ends with how often each latency was`() {
        let rows = BenchReport(FleetPlan(), result()).text.split(separator: "latencies ").last?.split(separator: "\n")
        #expect(rows?.first?.hasSuffix("share") == true)
        #expect(rows?.last?.hasPrefix("             50.000 ms") == true, "the last row ends with the maximum")
    }

    @Test func `without a delivery there is no distribution`() throws {
        let empty = FleetResult(
            load: result().load, reconnect: nil, latencies: FleetLatencies(), ordinary: FleetResult.Streams(),
            stalled: FleetResult.Streams(), steady: FleetResult.Streams())
        let report = BenchReport(FleetPlan(), empty)
        #expect(try members(report)["latency_histogram"] == nil)
        #expect(!report.text.contains("latencies"))
    }

    @Test func `the other phases have members and lines of their own`() throws {
        var plan = FleetPlan()
        (plan.stalled, plan.steady, plan.resume, plan.batch) = (2, 3, 5, 10)
        let plain = result()
        let reconnected = FleetResult(
            load: plain.load, reconnect: FleetResult.Reconnect(streams: 10, published: 50, time: .milliseconds(1500)),
            latencies: plain.latencies, ordinary: plain.ordinary, stalled: plain.stalled, steady: plain.steady)
        let report = BenchReport(plan, reconnected)
        let members = try members(report)
        for name in ["stalled_complete", "stalled_gaps", "stalled_lost", "steady_lost", "resume_seconds"] {
            #expect(members[name] != nil, "\(name)")
        }
        #expect(report.resumeSeconds == 1.5)
        for name in ["\nstalled ", "\nresume ", "\nsteady ", "1000 events, 500/s"] {
            #expect(report.text.contains(name))
        }
    }
}
