// Readings of metrics, written down.

import EventLog
import NIOCore

@testable import GatewayServer

/// A reading at so many seconds; its metrics by name and labels, as the exposition has them.
func reading(at seconds: Double, _ metrics: [String: [(labels: [(String, String)], value: Double)]]) -> MetricReading {
    let families = metrics.map { name, samples in
        MetricFamily(
            name: name, type: .gauge,
            samples: samples.map { MetricFamily.Sample(labels: LabelSet($0.labels), value: $0.value) })
    }
    return MetricReading(
        families, keeping: Set(metrics.keys), at: .uptimeNanoseconds(UInt64(seconds * 1e9) + 1_000_000_000_000),
        time: WallTime(milliseconds: 1_800_000_000_000 + Int64(seconds * 1000)))
}

/// The same without labels.
func reading(at seconds: Double, _ metrics: [String: Double]) -> MetricReading {
    reading(at: seconds, metrics.mapValues { [(labels: [], value: $0)] })
}

/// A histogram with the bounds 0.01, 0.1 and 1.
func histogram(at seconds: Double, _ name: String, _ counts: [Double], loop: String = "0") -> MetricReading {
    let samples = zip(["0.01", "0.1", "1", "+Inf"], counts).map { bound, count in
        MetricFamily.Sample(suffix: "_bucket", labels: LabelSet([("le", bound), ("loop", loop)]), value: count)
    }
    let family = MetricFamily(name: name, type: .gauge, samples: samples)
    let empty = reading(at: seconds, [String: Double]())
    return MetricReading([family], keeping: [name], at: empty.at, time: empty.time)
}
