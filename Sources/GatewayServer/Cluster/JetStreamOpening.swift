// From the settings of `log.jetstream` to an open log: connects, has the servers say what they do with what they
// acknowledge, and opens. Each failure says whether it is the configuration's, or will pass.

internal import EventLog
internal import Foundation
internal import JetStreamEventLog
internal import Logging
internal import NATSClient
internal import NATSMonitor
internal import NIOCore
internal import PlainWords

/// Opens the log of a cluster.
struct JetStreamOpening: Sendable {
    let configuration: GatewayConfiguration
    let logger: Logger
    let metrics: ClusterMetrics

    private var log: GatewayConfiguration.Log { configuration.log }
    private var settings: GatewayConfiguration.JetStream { configuration.log.jetStream }

    /// Connects, verifies, and opens.
    ///
    /// - Parameter mayCreate: whether streams that are missing are made.
    func open(mayCreate: Bool) async throws(StartupError) -> OpenedLog {
        var generator = SystemRandomNumberGenerator()
        let name = NodeName.fresh(of: settings.stream, using: &generator)
        metrics.show(node: NodeName.digits(of: name))
        metrics.show(limitsOf: settings)
        let news = ClusterNews(logger: logger, metrics: metrics)
        let client = NATSClient(settings.clientConfiguration(name: name)) { news.report($0) }
        try await start(client)
        do throws(StartupError) {
            let watch = DurabilityWatch(log, news: news, metrics: metrics, logger: logger)
            let verdict = try await verify(watch)
            let opened = try await open(client, news, mayCreate: mayCreate)
            let neighbours = try neighbours(client, name)
            return OpenedLog(
                log: opened,
                cluster: ClusterLink(
                    client: client, name: name, news: news, neighbours: neighbours, metrics: metrics, durability: watch,
                    verdict: verdict, settings: settings, windowBytes: { opened.windowBytes }))
        } catch {
            await client.shutdown()
            throw error
        }
    }

    private func neighbours(_ client: NATSClient, _ name: String) throws(StartupError) -> Neighbours {
        do throws(NATSError) {
            return try Neighbours(
                client, name: name, stream: settings.stream, byteLimit: settings.presenceBytes, metrics: metrics,
                logger: logger)
        } catch {
            // The stream's name has been looked at, so that it makes a subject.
            throw StartupError(.log, "\(configuration.places.name("log.jetstream.stream")): \(error.message)")
        }
    }

    private func start(_ client: NATSClient) async throws(StartupError) {
        do throws(NATSError) {
            try await client.start()
        } catch {
            let keys = configuration.places.name("log.jetstream.servers")
            throw StartupError(
                error.isConfiguration ? .log : .busy,
                "\(keys): no server of NATS lets this gateway in: \(settings.shown(error.message))")
        }
    }

    private func open(
        _ client: NATSClient, _ news: ClusterNews, mayCreate: Bool
    ) async throws(StartupError) -> JetStreamEventLog {
        let settings = configuration.jetStreamSettings(mayCreate: mayCreate)
        let keys = configuration.places.name("log.jetstream.stream")
        do throws(EventLogError) {
            let store = JetStreamStore(settings, client: client)
            if mayCreate { for name in try await store.createBoth() { logger.tell(.created(stream: name)) } }
            if let reason = try await store.examine().objection { throw EventLogError(.moved, reason) }
            return try await JetStreamEventLog.open(
                settings, client: client, clock: WallTime.systemClock, random: { UInt64.random(in: .min ... .max) },
                report: { [logger] notice in
                    if case .changed(let changes) = notice { news.report(changes) }
                    logger.tell(notice)
                })
        } catch {
            throw StartupError(error.code == .moved ? .log : .busy, "\(keys): \(error.message)")
        }
    }

    // MARK: Durability

    /// Has the servers say what they do.
    ///
    /// - Throws: when `log.durability` is `full`, and not each server says that it is.
    private func verify(_ watch: DurabilityWatch) async throws(StartupError) -> DurabilityVerdict? {
        guard let verdict = await watch.ask() else { return nil }
        if log.durability == .full {
            let keys = configuration.places.name("log.durability", "log.jetstream.monitor")
            if let reason = Self.refutation(verdict) { throw StartupError(.log, "\(keys): \(reason)") }
            if let reason = Self.doubt(verdict) { throw StartupError(.busy, "\(keys): \(reason)") }
        }
        for reason in verdict.unasked { watch.warn(of: reason) }
        return verdict
    }

    /// Why `full` is not true.
    static func refutation(_ verdict: DurabilityVerdict) -> String? {
        guard !verdict.refutations.isEmpty else { return nil }
        return "full is not what NATS does: \(verdict.refutations.joined(separator: "; ")). Or set log.durability to "
            + "replicated"
    }

    /// Why nobody knows whether `full` is true.
    static func doubt(_ verdict: DurabilityVerdict) -> String? {
        guard !verdict.unasked.isEmpty else { return nil }
        return "full can't be verified: \(verdict.unasked.joined(separator: "; ")). Start that server, or set "
            + "log.durability to replicated meanwhile"
    }
}

extension GatewayConfiguration.JetStream {
    /// How to connect.
    ///
    /// - Parameter name: what this node calls itself.
    func clientConfiguration(name: String) -> NATSConfiguration {
        var configuration = NATSConfiguration(servers: servers)
        configuration.connection.name = name
        configuration.connection.isTLSFirst = isTLSFirst
        configuration.tls = TLSFiles(authorities: ca, certificate: certificate, key: key)
        configuration.pendingBytes = Self.clientBytes
        configuration.pendingRequests = Self.pendingEvents + Self.otherRequests
        configuration.credentials = { () throws(NATSError) in try login() }
        return configuration
    }

    /// Bytes of events that are under way to NATS; what is more gets 503.
    static let pendingBytes = 16 << 20
    /// Events that are under way to NATS.
    static let pendingEvents = 50_000
    /// Requests beside these that may wait for their answers.
    static let otherRequests = 4096
    /// Bytes that the client holds of these, and of what the engine asks beside them.
    static let clientBytes = 2 * pendingBytes

    /// Reads the files of what the node logs in by.
    private func login() throws(NATSError) -> Credentials {
        if let credentials { return try Credentials(file: try Self.read(credentials)) }
        guard let passwordFile else { return .none }
        let text = String(decoding: try Self.read(passwordFile), as: UTF8.self)
        let secret = Secret(text.trimmingCharacters(in: .newlines))
        return user.map { .user($0, password: secret) } ?? .token(secret)
    }

    private static func read(_ path: String) throws(NATSError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw NATSError(
                .credentialsInvalid,
                "\(QuotedValue.name(path, isSecret: true)) can't be read: \(PlainError.text(error))")
        }
    }

    /// A message about these files, whose names may turn out to be secrets.
    func shown(_ message: String) -> String {
        let names = [(ca, false), (certificate, false), (key, true), (credentials, true), (passwordFile, true)]
        return names.reduce(message) { text, name in
            name.0.map { QuotedValue.hiding($0, in: text, isSecret: name.1) } ?? text
        }
    }
}

extension NATSError {
    /// Whether another start would fail like this one.
    var isConfiguration: Bool {
        [.credentialsInvalid, .addressInvalid, .tls, .refused, .unsupported, .subjectInvalid].contains(code)
    }
}

extension JetStreamStore.Findings {
    /// Why no log can be opened with these streams; nothing when one can.
    var objection: String? {
        if let widowed {
            let names = missing.joined(separator: " and ")
            return
                "NATS has no stream \(names) any more, but \(widowed), which belongs to it: what it held is lost. Restore "
                + "it from a backup, or make it anew with `sluice log create`; no gateway does that"
        }
        if !missing.isEmpty {
            let names = missing.joined(separator: " and ")
            return "NATS has no stream \(names); make it with `sluice log create`, or set log.jetstream.create to true"
        }
        return differences.isEmpty ? nil : differences.map(\.description).joined(separator: "; ")
    }
}

extension Logger {
    /// Says what the engine tells of its streams.
    func tell(_ notice: JetStreamNotice) {
        switch notice {
        case .created(let stream): self.notice("A stream of NATS was made.", metadata: ["stream": "\(stream)"])
        case .unreadable(let sequence, let why):
            warning(
                "The stream has a message that this gateway can't read: it is skipped, and so are others like it.",
                metadata: ["sequence": "\(sequence)", "cause": "\(why)"])
        case .tooLarge(let cause):
            warning(
                "NATS takes no event of a size that the limits allow: publishers get 413.",
                metadata: ["cause": "\(cause)"])
        // `DurabilityWatch` tells of it, with what follows from it.
        case .changed: break
        case .interrupted(let cause): warning("The event log's tail is cut off.", metadata: ["cause": "\(cause)"])
        case .resumed: self.notice("The event log's tail has all events again.")
        case .epochBegan(let epoch, let why):
            warning(
                "The event log begins a new epoch: streams are told that they may have missed events (sluice.gap).",
                metadata: ["epoch": "\(epoch)", "reason": "\(why)"])
        }
    }
}

extension GatewayConfiguration {
    /// What the engine is opened with.
    func jetStreamSettings(mayCreate: Bool) -> JetStreamSettings {
        var settings = JetStreamSettings(
            stream: log.jetStream.stream, replicas: log.jetStream.replicas, mayCreate: mayCreate, limits: logSettings)
        settings.windowBytes = log.jetStream.windowBytes
        settings.pendingBytes = JetStream.pendingBytes
        settings.pendingEvents = JetStream.pendingEvents
        settings.eventBytes = limits.largestMessage
        return settings
    }
}
