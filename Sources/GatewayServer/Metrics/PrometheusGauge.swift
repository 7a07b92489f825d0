// Gauges: a number as it is now, up or down.

internal import Metrics

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
