// Summaries: how many values there were and their sum, from which Prometheus makes rates and means. No quantiles: they
// cannot be added up over several gateways.

internal import Metrics
internal import Synchronization

/// How many values were recorded, and their sum. The two may be one value apart while another thread records.
final class PrometheusSummary: RecorderHandler, TimerHandler, Sendable {
    private let recorded = Atomic<Int64>(0)
    private let total = AtomicNumber()

    var count: Int64 { recorded.load(ordering: .relaxed) }
    var sum: Double { total.value }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        total.add(value)
        recorded.wrappingAdd(1, ordering: .relaxed)
    }

    /// Times are in seconds, Prometheus's base unit.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }
}
