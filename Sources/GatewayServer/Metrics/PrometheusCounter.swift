// Counters: they only go up. Counting is one atomic add; that is what the event loops pay for.

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

    /// Starts again at 0, which Prometheus takes for a restart.
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
