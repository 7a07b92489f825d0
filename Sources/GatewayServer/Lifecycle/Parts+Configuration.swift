// Turns the configuration into what each room is made with.

internal import EventHub
internal import EventLog
internal import Foundation
internal import GatewayRules
internal import HTTP2Kit
internal import HTTPServing
internal import KeySources
internal import NIOCore
internal import NIOOpenSSL
internal import PlainWords
internal import TokenAuth

extension GatewayConfiguration.TLS {
    /// Loads certificates and keys.
    func context(
        clientCertificate: GatewayConfiguration.ClientCertificate, tickets: TLSTicketKeys, places: SettingPlaces
    ) throws(StartupError) -> (TLSContext, CanaryTrust) {
        do {
            let identities = try identities.map { files throws(TLSError) in
                try TLSIdentity(certificateChainFile: files.certificate, privateKeyFile: files.key)
            }
            var server = TLSServerConfiguration(identities: identities)
            server.applicationProtocols = ["h2", "http/1.1"]
            server.minimumVersion = minimumVersion == .tls13 ? .tls13 : .tls12
            server.ticketLifetime = TimeAmount(ticketLifetime)
            server.ticketKeys = tickets
            if let clientCA, clientCertificate != .notAsked { server.clientVerification = .optional(.file(clientCA)) }
            return (try TLSContext(server: server), CanaryTrust(identities))
        } catch {
            let keys = places.name("tls.certificate", "tls.key", "tls.client_ca")
            throw StartupError(.tls, "\(keys): \(shown(error.message))")
        }
    }
}

extension GatewayConfiguration {
    /// The file of the authorities that clients' certificates come from; nil where none are asked for, because it is
    /// not read then.
    var clientAuthorities: String? { publish.clientCertificate == .notAsked ? nil : tls.clientCA }

    /// The content of the file of the authorities that clients' certificates come from; empty where none are asked for.
    var authorities: [UInt8] {
        guard let file = clientAuthorities else { return [] }
        return (try? Array(Data(contentsOf: URL(filePath: file)))) ?? []
    }

    /// The certificates whose ends an operator has to know.
    func certificates() throws(StartupError) -> [CertificateWatch.Certificate] {
        do {
            return try tls.certificatesInUse(clientCertificate: publish.clientCertificate)
        } catch {
            let keys = places.name("tls.certificate", "tls.key", "tls.client_ca")
            throw StartupError(.tls, "\(keys): \(tls.shown(error.message))")
        }
    }
}

extension GatewayConfiguration.TLS {
    /// A message about these files, whose names may turn out to be secrets.
    func shown(_ message: String) -> String {
        let names = identities.flatMap { [($0.certificate, false), ($0.key, true)] } + [(clientCA ?? "", false)]
        return names.reduce(message) { QuotedValue.hiding($1.0, in: $0, isSecret: $1.1) }
    }
}

extension GatewayConfiguration {
    /// - Parameter elsewhere: what streams other gateways have, where the log is shared.
    func hubContext(
        log eventLog: any EventLog, metrics: any HubMetrics, elsewhere: (any StreamsElsewhere)?
    ) -> HubContext {
        HubContext(
            log: eventLog, settings: streamSettings, limits: streamLimits, metrics: metrics,
            revocationSeconds: revocationSettings.seconds, elsewhere: elsewhere, clock: WallTime.systemClock)
    }

    var streamSettings: StreamSettings {
        var settings = StreamSettings(
            heartbeat: TimeAmount(stream.heartbeat),
            retry: RetrySpread(
                milliseconds: UInt32(clamping: TimeAmount(stream.retry).nanoseconds / 1_000_000),
                reconnectsPerSecond: stream.reconnects),
            bufferBytes: stream.buffer, overflow: stream.overflow,
            expiryNotice: TimeAmount(session.expiryNotice), behindLimit: TimeAmount(stream.behindLimit),
            bufferTotalBytes: stream.bufferTotal, staleAfter: TimeAmount(log.staleAfter))
        settings.presence = presenceSettings
        return settings
    }

    private var presenceSettings: PresenceSettings {
        // Each was looked at when it was read: without one of them, nothing would be told.
        let patterns = GrantPatterns(presence.topics) ?? GrantPatterns()
        return PresenceSettings(
            topics: PresenceTopics(patterns: patterns.patterns, contains: patterns.matches),
            debounce: TimeAmount(presence.debounce), members: presence.members, bytes: presence.bytes)
    }

    var streamLimits: StreamLimits {
        StreamLimits(
            streams: limits.streams, streamsPerUser: limits.streamsPerUser, topicsPerStream: limits.topicsPerStream)
    }

    var logSettings: LogSettings {
        LogSettings(
            bytes: log.retentionBytes, events: log.retentionEvents, seconds: log.retentionAge.components.seconds,
            shareSeconds: log.shareAge.components.seconds, keySeconds: publish.keyLifetime.components.seconds,
            keys: limits.publishKeys, keyBytes: limits.publishKeyBytes, revocations: revocationSettings,
            sessions: SessionSettings(bytes: session.keptBytes, perUser: session.keptPerUser))
    }

    private var revocationSettings: RevocationSettings {
        RevocationSettings(
            count: limits.revocations, bytes: limits.revocationBytes,
            lifetimeSeconds: auth.maximumLifetime.components.seconds)
    }

    var gatewaySettings: GatewaySettings {
        var settings = GatewaySettings(
            allowsQueryToken: auth.queryToken, clockSkewSeconds: auth.clockSkew.components.seconds,
            sameSite: session.sameSite, publishNeedsClientCertificate: publish.clientCertificate == .required,
            bodyBytes: limits.requestBody,
            topicsPerStream: limits.topicsPerStream,
            publishLimits: PublishLimits(
                eventBytes: limits.event, batchEvents: limits.batchEvents, usersPerEvent: limits.usersPerEvent))
        settings.keyPatience = TimeAmount(FetchRules.patience)
        settings.callers = callerLimits
        settings.tellsRequest = stream.requestField
        if !listen.forwardedFrom.isEmpty {
            settings.forwarding = ForwardedRule(listen.forwardedField, from: listen.forwardedFrom)
        }
        return settings
    }

    var callerLimits: CallerLimits {
        func rate(_ amount: Int, in period: TimeAmount = .seconds(1), times: Int) -> CallRate? {
            amount == 0 ? nil : CallRate(amount, in: period, burst: amount * times)
        }
        let streams = limits.streamsOpenedPerUser == 0 ? 0 : max(limits.streamsOpenedPerUser, limits.streamsPerUser)
        return CallerLimits(
            addresses: AddressLimits(
                connections: limits.connectionsPerAddress == 0 ? nil : limits.connectionsPerAddress,
                handshakes: rate(limits.handshakesPerAddress, times: 10),
                exempt: limits.exemptAddresses + listen.forwardedFrom),
            publishedEvents: rate(limits.eventsPerPublisher, times: 2),
            publishedBytes: rate(limits.bytesPerPublisher, times: 2),
            streamsOpened: rate(streams, in: .minutes(1), times: 1),
            signIns: rate(limits.signInsPerUser, in: .minutes(1), times: 1))
    }

    var http2Limits: HTTP2Limits {
        var limits = HTTP2Limits()
        limits.headerListBytes = self.limits.requestHead
        limits.concurrentStreams = http2.streams
        limits.streamQueueBytes = http2.streamQueue
        limits.heldBodyBytes = http2.heldBodies
        limits.heldAnswerBytes = http2.heldAnswers
        limits.resets = http2.resets
        limits.cancellations = http2.cancellations
        limits.controlFrames = http2.controlFrames
        limits.windowUpdates = http2.windowUpdates
        limits.continuations = http2.continuations
        limits.keepAlive = TimeAmount(http2.pingInterval)
        limits.pongTimeout = TimeAmount(http2.pingTimeout)
        return limits
    }

    func seatLimits(_ budget: DescriptorBudget) -> SeatLimits {
        SeatLimits(
            connections: budget.connections, strangers: limits.strangers, turnedAway: budget.turnedAway,
            strangerLifetime: TimeAmount(limits.strangerLifetime))
    }

    var connectionTimes: ConnectionTimes {
        ConnectionTimes(
            head: TimeAmount(limits.headTimeout), body: TimeAmount(limits.bodyTimeout),
            idle: TimeAmount(limits.idleTimeout))
    }
}

extension SessionID {
    /// From the system's generator, which nobody can guess.
    static let random: @Sendable () -> SessionID = {
        var generator = SystemRandomNumberGenerator()
        return SessionID(using: &generator)
    }
}

extension WallTime {
    /// The system's calendar clock.
    static let systemClock: @Sendable () -> WallTime = {
        WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
}
