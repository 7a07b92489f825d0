// Makes the lines of the budget from the settings.

internal import EventLog
internal import JetStreamEventLog
internal import SQLiteEventLog

extension MemoryBudget {
    /// - Parameter cores: the number of event loops when the configuration does not set it.
    init(_ configuration: GatewayConfiguration, cores: Int) {
        let loops = configuration.listen.loops(cores: cores)
        accounts =
            [
                Line(
                    key: "listen.event_loops", bytes: Self.programBytes + loops * Self.loopBytes,
                    what: "the program, its loops")
            ]
            + Self.log(configuration) + Self.publishers(configuration)
            + [
                Line(
                    key: "logging.audit", bytes: LineThread.mostBytes,
                    what: "lines of the audit and of spans that await their thread"),
                Line(
                    key: "limits.revocation_bytes", bytes: 2 * configuration.limits.revocationBytes,
                    what: "revocations, in the log and beside the verifier"),
                Line(
                    key: "session.kept_bytes", bytes: 2 * configuration.session.keptBytes,
                    what: "kept sessions, in the log and beside the verifier"),
                Line(
                    key: "stream.buffer_total", bytes: configuration.stream.bufferTotal,
                    what: "events that wait for slow readers"),
                Line(
                    key: "listen.event_loops", bytes: loops * Self.inboxBytes,
                    what: "events on their way to the loops"),
                Line(key: "limits.held", bytes: configuration.limits.held, what: "bodies, untaken answers and frames"),
            ] + Self.presence(configuration.presence) + Self.explain(configuration.explain)
        connections = Self.connections(configuration)
        let limits = configuration.limits
        var none = configuration
        (none.limits.connections, none.limits.streams) = (0, 0)
        scale = Scale(
            connections: limits.connections, streams: limits.streams,
            otherBytes: Self.connections(none).reduce(0) { $0 + $1.bytes })
        let seats = SeatLimits(
            connections: limits.connections, strangers: limits.strangers, turnedAway: limits.turnedAway,
            strangerLifetime: nil)
        strangers = Strangers(
            connections: seats.strangers, turnedAway: limits.turnedAway,
            bytesEach: Self.connectionBytes + Self.handshakeBytes + limits.requestHead * Self.headFactor
                + limits.writeBuffer + Self.writeBytes)
        // SO_SNDBUF counts twice (socket(7)). The gateway reads what comes in at once, or stops while the peer reads
        // nothing.
        kernel = Line(
            key: "limits.send_buffer", bytes: limits.allConnections * (2 * limits.sendBuffer + Self.receiveBufferBytes),
            what: "the kernel's buffers of their sockets")
    }

    private static func presence(_ presence: GatewayConfiguration.Presence) -> [Line] {
        guard !presence.topics.isEmpty else { return [] }
        return [Line(key: "presence.bytes", bytes: presence.bytes, what: "who is in which topic")]
    }

    private static func explain(_ explain: GatewayConfiguration.Explain) -> [Line] {
        guard explain.bytes > 0 else { return [] }
        return [Line(key: "explain.bytes", bytes: explain.bytes, what: "what `sluice explain` is asked about")]
    }

    /// What a log of this process's own knows of publishers. NATS has that in its servers; the gateway keeps what keys
    /// stood for whose events may have left the log.
    private static func publishers(_ configuration: GatewayConfiguration) -> [Line] {
        guard configuration.log.kind != .jetstream else {
            return [
                Line(
                    key: "limits.publish_keys", bytes: configuration.limits.publishKeys * JetStreamEventLog.keyBytes,
                    what: "what Idempotency-Keys of late stood for")
            ]
        }
        return [
            Line(
                key: "log.retention.share_age", bytes: LogShares.mostBytes,
                what: "which publishers have events in the log"),
            Line(
                key: "limits.publish_key_bytes", bytes: configuration.limits.publishKeyBytes,
                what: "known Idempotency-Keys"),
        ]
    }

    private static func log(_ configuration: GatewayConfiguration) -> [Line] {
        switch configuration.log.kind {
        case .memory:
            return [
                Line(
                    key: "log.retention.bytes", bytes: configuration.log.retentionBytes,
                    what: "the event log, in memory")
            ]
        case .sqlite:
            let engine = SQLiteLogSettings()
            return [
                Line(
                    key: "log.kind", bytes: engine.cacheBytes + engine.queueBytes + pageCacheBytes,
                    what: "the event log's newest events, waiting batches and file pages")
            ]
        case .jetstream:
            return [
                Line(
                    key: "log.jetstream.window_bytes", bytes: configuration.log.jetStream.windowBytes,
                    what: "the event log's newest events"),
                Line(
                    key: "log.jetstream.presence_bytes", bytes: configuration.log.jetStream.presenceBytes,
                    what: "which users and topics have streams at other gateways"),
                Line(
                    key: "log.kind",
                    bytes: GatewayConfiguration.JetStream.pendingBytes + GatewayConfiguration.JetStream.clientBytes,
                    what: "events on their way to NATS"),
            ]
        }
    }

    private static func connections(_ configuration: GatewayConfiguration) -> [Line] {
        let (limits, streams) = (configuration.limits, configuration.limits.streams)
        let all = limits.allConnections
        let strangers = limits.strangers + limits.turnedAway
        return [
            Line(key: "limits.connections", bytes: all * connectionBytes, what: "each connection's state"),
            Line(key: "limits.strangers", bytes: strangers * handshakeBytes, what: "handshakes under way"),
            Line(key: "limits.request_head", bytes: all * limits.requestHead * headFactor, what: "heads of requests"),
            Line(
                key: "limits.write_buffer", bytes: all * (limits.writeBuffer + writeBytes),
                what: "ciphertext that awaits a socket"),
            Line(
                key: "limits.streams",
                bytes: streams * (streamBytes + limits.topicsPerStream * topicBytes),
                what: "open streams, their topics"),
            Line(
                key: "http2.stream_queue", bytes: streams * configuration.http2.streamQueue,
                what: "events that wait for a stream's window"),
        ]
    }

    /// A topic's name in a stream and in the index.
    private static let topicBytes = 512
    /// The pages of SQLite's two connections, one that writes and one that reads.
    private static let pageCacheBytes = 2 * 8 * 1024 * 1024
    private static let inboxBytes = 8 * 1024 * 1024
    /// The first size of Linux's `tcp_rmem`. It grows only for a socket that is read from.
    private static let receiveBufferBytes = 128 * 1024
}

extension GatewayConfiguration.Limits {
    /// The connections that are served, and those that are told that they are too many.
    var allConnections: Int { connections + turnedAway }
}
