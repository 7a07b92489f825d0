// Counters only go up. Counting costs an event loop one atomic add.

internal import Metrics
internal import Synchronization

/// A whole number that only goes up.
final class PrometheusCounter: CounterHandler, Sendable {
    private let count = Atomic<Int64>(0)

    /// How much was counted.
    var value: Int64 { count.load(ordering: .relaxed) }

    /// Counts one.
    func increment() { increment(by: 1) }

    /// Counts.
    ///
    /// - Parameter amount: how much; nothing below 1 counts.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    /// Shows what was counted elsewhere, which only goes up.
    func show(_ total: UInt64) { count.store(Int64(clamping: total), ordering: .relaxed) }

    /// Starts again at 0. Prometheus takes that for a restart.
    func reset() { count.store(0, ordering: .relaxed) }
}

/// A number with fractions that only goes up.
final class PrometheusFloatingPointCounter: FloatingPointCounterHandler, Sendable {
    private let sum = AtomicNumber()

    var value: Double { sum.value }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        sum.add(amount)
    }

    func reset() { sum.set(0) }
}

// Gauges show a number as it is now. It goes up and down.

/// A number as it is now.
final class PrometheusGauge: MeterHandler, RecorderHandler, Sendable {
    private let number = AtomicNumber()

    /// The number.
    var value: Double { number.value }

    /// Sets the number.
    func set(_ value: Int64) { number.set(Double(value)) }
    /// Sets the number.
    func set(_ value: Double) { number.set(value) }
    /// Adds to the number.
    func increment(by amount: Double) { number.add(amount) }
    /// Takes from the number.
    func decrement(by amount: Double) { number.add(-amount) }
    /// Sets the number: swift-metrics calls an unaggregated recorder so.
    func record(_ value: Int64) { set(value) }
    /// Sets the number: swift-metrics calls an unaggregated recorder so.
    func record(_ value: Double) { set(value) }
}

// Summaries show how many values there were, and their sum. Prometheus makes rates and means from these. There are no
// quantiles, because those of several gateways can't be added up.

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

// A floating point number that any thread may add to. The processor does not add such numbers atomically, so an
// addition is tried again when another thread was faster.

/// A `Double` for all threads.
final class AtomicNumber: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: seen) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: seen, desired: sum, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }
}
