import Foundation
import LoadFleet

/// The figures of a load. Its JSON members are these names in snake_case, units included; what was not measured is left
/// out.
struct BenchReport: Encodable, Sendable {
    /// Percentiles of times, in microseconds. They are up to 0.8 % too high, never too low; the maximum is exact.
    struct Latency: Sendable, Equatable {
        let p50Us: Double
        let p90Us: Double
        let p99Us: Double
        let p999Us: Double
        let maxUs: Double

        /// - Returns: `nil` when nothing was measured.
        init?(_ histogram: LatencyHistogram) {
            func microseconds(_ share: Double) -> Double { Double(histogram.percentile(share) ?? 0) / 1000 }
            guard histogram.count > 0 else { return nil }
            p50Us = microseconds(0.5)
            p90Us = microseconds(0.9)
            p99Us = microseconds(0.99)
            p999Us = microseconds(0.999)
            maxUs = Double(histogram.maximum) / 1000
        }
    }

    var httpVersion = "1.1"
    var streamsPerConnection = 1
    var streams: Int
    var users: Int
    var to: String
    var ratePerSecond: Double?
    var publishers: Int
    var batch: Int
    var payloadBytes: Int

    var latencyP50Us: Double?
    var latencyP90Us: Double?
    var latencyP99Us: Double?
    var latencyP999Us: Double?
    var latencyMaxUs: Double?
    var latencyResolution = LatencyHistogram.resolution
    var latencyHistogram: LatencyDistribution?
    var publishLatencyP50Us: Double?
    var publishLatencyP99Us: Double?

    var deliveries: Int
    var deliveriesPerSecond: Double
    var publishes: Int
    var publishesPerSecond: Double
    var eventsPublished: Int
    var eventsPerSecond: Double
    var eventsFailed: Int
    var publishSeconds: Double
    var deliverySeconds: Double

    var lost: Int
    var missedWithGap: Int
    var doubled: Int
    var outOfOrder: Int
    var unexpected: Int
    var gaps: Int
    var openedStreams: Int
    var refusedStreams: Int
    var brokenStreams: Int
    var brokenPublisherConnections: Int

    var stalledStreams: Int?
    var stalledComplete: Int?
    var stalledGaps: Int?
    var stalledMissedWithGap: Int?
    var stalledLost: Int?
    var stalledBroken: Int?

    var resumeStreams: Int?
    var resumeEvents: Int?
    var resumeSeconds: Double?
    var steadyStreams: Int?
    var steadyLost: Int?
    var steadyQuietP50Us: Double?
    var steadyQuietP99Us: Double?
    var steadyReconnectP50Us: Double?
    var steadyReconnectP99Us: Double?

    var serverCpuUsPerDelivery: Double?
    var serverCpuUsPerPublish: Double?
    var serverCpuSeconds: Double?
    var serverResidentBeforeKib: Int?
    var serverResidentOpenKib: Int?
    var serverResidentAfterKib: Int?
    var serverResidentPeakKib: Int?
    var clientCpuUsPerDelivery: Double?

    var firstRefusal: String?
    var firstPublishFailure: String?
    var flawless: Bool

    /// One JSON object on one line.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}
