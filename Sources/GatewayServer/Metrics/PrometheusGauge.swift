// Gauges: a number as it is now, up or down.

internal import Metrics

/// A number as it is now.
package final class PrometheusGauge: MeterHandler, RecorderHandler, Sendable {
    private let number = AtomicNumber()

    /// The number.
    package var value: Double { number.value }

    /// Sets the number.
    package func set(_ value: Int64) { number.set(Double(value)) }
    /// Sets the number.
    package func set(_ value: Double) { number.set(value) }
    /// Adds to the number.
    package func increment(by amount: Double) { number.add(amount) }
    /// Takes from the number.
    package func decrement(by amount: Double) { number.add(-amount) }
    /// Sets the number: swift-metrics calls an unaggregated recorder so.
    package func record(_ value: Int64) { set(value) }
    /// Sets the number: swift-metrics calls an unaggregated recorder so.
    package func record(_ value: Double) { set(value) }
}
