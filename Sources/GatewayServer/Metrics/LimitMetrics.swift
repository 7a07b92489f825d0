// Where the accounts end, beside the metrics that say how far they are.

internal import NIOCore

/// The limits that are in force, and what of them has no metric elsewhere.
struct LimitMetrics: Sendable {
    private let limits: [(gauge: PrometheusGauge, value: @Sendable (GatewayConfiguration) -> Int)]
    private let connections: (all: PrometheusGauge, strangers: PrometheusGauge)
    private let memory: PrometheusGauge
    private let buffers: PrometheusGauge

    init(registry: PrometheusRegistry) {
        connections = (
            registry.gauge("sluice_connections_limit"), registry.gauge("sluice_stranger_connections_limit")
        )
        memory = registry.gauge("sluice_memory_budget_bytes")
        buffers = registry.gauge("sluice_stream_buffer_bytes")
        limits = Self.values.map { (registry.gauge($0), $1) }
    }

    /// Shows what is in force now.
    ///
    /// - Parameter seats: as many connections are served. The system may give fewer descriptors than the configuration
    ///   asks for.
    func sample(_ configuration: GatewayConfiguration, _ seats: SeatLimits, bufferedBytes: Int) {
        for limit in limits { limit.gauge.set(Int64(limit.value(configuration))) }
        connections.all.set(Int64(seats.connections))
        connections.strangers.set(Int64(seats.strangers))
        buffers.set(Int64(bufferedBytes))
        var served = configuration
        served.limits.connections = seats.connections
        memory.set(Int64(MemoryBudget(served, cores: System.coreCount).worstBytes))
    }

    private static let values: [(String, @Sendable (GatewayConfiguration) -> Int)] = [
        ("sluice_streams_limit", { $0.limits.streams }),
        ("sluice_stream_buffer_limit_bytes", { $0.stream.bufferTotal }),
        ("sluice_held_limit_bytes", { $0.limits.held }),
        ("sluice_log_limit_bytes", { $0.log.retentionBytes }),
        ("sluice_log_events_limit", { $0.log.retentionEvents }),
        ("sluice_publish_keys_limit", { $0.limits.publishKeys }),
        ("sluice_publish_key_limit_bytes", { $0.limits.publishKeyBytes }),
        ("sluice_revocations_limit", { $0.limits.revocations }),
        ("sluice_revocation_limit_bytes", { $0.limits.revocationBytes }),
        ("sluice_explain_limit_bytes", { $0.explain.bytes }),
        ("sluice_kept_session_limit_bytes", { $0.session.keptBytes }),
        ("sluice_presence_limit_bytes", { $0.presence.bytes }),
    ]
}
