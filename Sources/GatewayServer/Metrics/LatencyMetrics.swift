// The histograms of a gateway. Each room records into its own; here they get their names.

internal import EventHub
internal import EventLog

/// What takes how long.
enum LatencyMetrics {
    /// Shows what is recorded from now on.
    ///
    /// - Parameters:
    ///   - hub: it and its log, for deliveries and publishing.
    ///   - loops: of the connections, for handshakes.
    ///   - pulses: of the event loops, for their lag.
    static func show(_ hub: EventHub, _ loops: LoopResources, _ pulses: LoopPulses, in registry: PrometheusRegistry) {
        registry.histogram("sluice_delivery_seconds", of: hub.deliveryTimes)
        registry.histogram("sluice_publish_seconds", of: [hub.publishTimes])
        registry.histogram("sluice_log_append_seconds", of: [hub.appendTimes])
        registry.histogram("sluice_log_sync_seconds", of: [hub.syncTimes].compactMap(\.self))
        for kind in HandshakeTimes.Kind.allCases {
            registry.histogram(
                "sluice_handshake_seconds", [("kind", kind.rawValue)], of: loops.handshakeTimes.map { $0[kind] })
        }
        for (loop, lag) in pulses.lags.enumerated() {
            registry.histogram("sluice_loop_lag_seconds", [("loop", "\(loop)")], of: [lag])
        }
    }
}
