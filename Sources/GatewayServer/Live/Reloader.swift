// Takes another configuration into use while the gateway runs. It loads it as a whole, checks it and swaps it in, or
// keeps the former one and says why.

internal import EventHub
internal import GatewayRules
internal import HTTPServing
internal import KeySources
internal import Logging
internal import NIOCore
internal import Synchronization
internal import TokenAuth

/// Reads the gateway's configuration anew. It throws errors that name what is wrong.
package typealias ConfigurationSource = @Sendable (_ running: GatewayConfiguration) throws -> GatewayConfiguration

/// Reloads when it is asked to, and when a file has changed. One reload follows another.
final class Reloader: Sendable {
    /// The parts of the gateway that a reload acts on. They stay the same.
    struct Parts: Sendable {
        let live: Live<LiveSettings>
        let hub: EventHub
        let tracker: ConnectionTracker
        let account: ByteAccount
        let keeper: KeyKeeper<KeySet>
        let certificates: CertificateClerk
        let descriptors: DescriptorSupply
        let metrics: ReloadMetrics
        let level: LogLevel?
        let logger: Logger
        let gateway: @Sendable (GatewayConfiguration, LoadedFiles, UInt64) -> Gateway
        let notices: ServiceNotices
        let journal: ReloadJournal
    }

    private struct State {
        var configuration: GatewayConfiguration
        var files: LoadedFiles
        /// How often the file of client authorities has changed.
        var authorities: UInt64 = 0
        var watch: FileWatch
        /// The files that the last reload looked at, whether its configuration is in force or not.
        var paths: Set<String>
    }

    private let parts: Parts
    private let source: ConfigurationSource
    private let file: String?
    private let state: Mutex<State>
    private let bell = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameter file: the configuration file itself.
    init(
        _ parts: Parts, _ configuration: GatewayConfiguration, _ files: LoadedFiles, file: String?,
        source: @escaping ConfigurationSource
    ) {
        self.parts = parts
        self.source = source
        self.file = file
        let paths = configuration.files.union([file].compactMap(\.self))
        state = Mutex(
            State(
                configuration: configuration, files: files, watch: FileWatch(FileStamp.all(at: paths)), paths: paths))
        parts.metrics.started()
    }

    /// The configuration in force.
    var configuration: GatewayConfiguration { state.withLock { $0.configuration } }

    /// Asks for a reload. It happens soon, on another thread.
    func ask() {
        parts.journal.ask()
        bell.continuation.yield()
    }

    /// Says that it is time to look at the files.
    func tick() { bell.continuation.yield() }

    /// Reloads whenever there is a reason to, until the task is cancelled. Only one task may call it.
    func run() async {
        for await _ in bell.stream {
            guard let asked = parts.journal.pending else {
                look()
                continue
            }
            let failures = reload(isLastTry: true)
            parts.journal.isDone(asked, failures: failures, awaitingRestart: configuration.awaitingRestart)
        }
    }

    private func look() {
        let action = state.withLock { $0.watch.look(FileStamp.all(at: $0.paths), at: .now) }
        if case .load(let isLastTry) = action { reload(isLastTry: isLastTry) }
    }

    /// - Parameter isLastTry: whether to report what is wrong now, instead of waiting for the files to fit together.
    /// - Returns: what was reported; nothing when the configuration is in force.
    @discardableResult
    private func reload(isLastTry: Bool) -> [String] {
        parts.notices.reloading()
        defer { parts.notices.ready() }
        return state.withLock { state in
            var stamps = FileStamp.all(at: state.paths)
            do {
                let configuration = try source(state.configuration)
                state.paths = configuration.files.union([file].compactMap(\.self))
                stamps.merge(FileStamp.all(at: state.paths.subtracting(stamps.keys))) { first, _ in first }
                let files = try LoadedFiles(configuration, after: state.files.tickets)
                adopt(configuration, files, &state)
                state.watch.isDone(with: stamps.filter { state.paths.contains($0.key) })
                return []
            } catch {
                guard isLastTry else { return [] }
                state.watch.isDone(with: stamps.filter { state.paths.contains($0.key) })
                return refuse(error)
            }
        }
    }

    private func refuse(_ error: any Error) -> [String] {
        parts.metrics.failed()
        let reasons = (error as? ConfigurationErrors)?.errors.map(\.description) ?? ["\(error)"]
        parts.logger.error(
            "The configuration could not be reloaded. What was in force stays so.",
            metadata: ["reason": "\(reasons.joined(separator: " | "))"])
        return reasons
    }

    // MARK: Taking it into use

    private func adopt(_ configuration: GatewayConfiguration, _ files: LoadedFiles, _ state: inout State) {
        let former = state.configuration
        if files.authorities != state.files.authorities { state.authorities += 1 }
        state.configuration = configuration
        state.files = files
        let budget = parts.descriptors.budget(for: configuration.limits)
        parts.keeper.adopt(files.trust.sources, configuration.auth.fetchRules) { replaceLive(by: state, budget) }
        parts.hub.adopt(configuration.streamSettings, configuration.streamLimits, keys: files.keys)
        if let budget { parts.tracker.adopt(configuration.seatLimits(budget)) }
        parts.account.limit = configuration.limits.held
        parts.certificates.adopt(files.certificates)
        parts.level?.set(configuration.logging.level)
        parts.metrics.succeeded()
        tell(configuration, former)
    }

    private func replaceLive(by state: State, _ budget: DescriptorBudget?) {
        parts.live.replace(
            with: LiveSettings(
                state.configuration, files: state.files,
                gateway: parts.gateway(state.configuration, state.files, state.authorities),
                connections: budget?.connections ?? state.configuration.limits.connections,
                authorities: state.authorities))
    }

    /// Takes keys into use that were fetched. They end no stream: see ``Gateway/mark(of:)``.
    func adoptKeys() {
        state.withLock { replaceLive(by: $0, parts.descriptors.budget(for: $0.configuration.limits)) }
    }

    private func tell(_ configuration: GatewayConfiguration, _ former: GatewayConfiguration) {
        let changed = Settings.changed(from: former, to: configuration).map(\.key)
        parts.logger.notice(
            "The configuration was reloaded, and the files that it names.",
            metadata: ["changed": "\(changed.isEmpty ? "no setting" : changed.joined(separator: ", "))"])
        if !configuration.awaitingRestart.isEmpty {
            parts.logger.warning(
                "Some changed settings take a restart. They stay as they were.",
                metadata: ["settings": "\(configuration.awaitingRestart.joined(separator: ", "))"])
        }
        for warning in configuration.warnings where !former.warnings.contains(warning) {
            parts.logger.warning(
                "The configuration may not be what you meant.", metadata: ["warning": "\(warning)"])
        }
    }
}

extension GatewayConfiguration {
    /// The files that the configuration names and that a reload reads again.
    var files: Set<String> {
        let named = tls.identities.flatMap { [$0.certificate, $0.key] } + auth.issuers.compactMap(\.file)
        return Set(named + [auth.keys, tls.clientCA, tls.ticketKeys].compactMap(\.self))
    }
}
