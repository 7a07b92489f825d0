// `sluice check`: everything about a configuration that can be known before the gateway runs, or while one runs. It
// reads the files that the configuration names and binds the ports for a moment. It serves nobody.

internal import NIOCore
internal import PlainWords
internal import SQLiteEventLog

/// Looks at what a configuration names.
package struct GatewayCheck: Sendable {
    private let configuration: GatewayConfiguration
    private let validity: ValidityCheck
    private let issuers: IssuerCheck
    private let token: String?

    /// - Parameters:
    ///   - configuration: one that loaded.
    ///   - now: the time, in seconds since 1970-01-01T00:00:00Z.
    ///   - token: a token, to be told what the gateway would make of it.
    package init(configuration: GatewayConfiguration, now: Int64, token: String? = nil) {
        self.configuration = configuration
        self.token = token
        issuers = IssuerCheck(configuration: configuration, now: now)
        validity = ValidityCheck(now: now)
    }

    /// Looks at everything, and opens and closes both listeners.
    ///
    /// - Returns: one finding per thing, in the order of the configuration.
    package func run() async -> [CheckFinding] {
        let (listen, admin) = (configuration.listen, configuration.admin)
        let ports = [
            await PortCheck(key: "listen.port", address: listen.address, port: listen.port).look(),
            await PortCheck(key: "admin.port", address: admin.address, port: admin.port).look(),
        ]
        let places = ports.map(\.finding) + [PortCheck.oneGateway(ports.map(\.holder) + [logHolder])].compactMap(\.self)
        let warnings = configuration.warnings.map { CheckFinding(.doubtful, "configuration", $0) }
        let notices = configuration.notices.map { CheckFinding(.fine, "environment", $0) }
        let budget = MemoryBudget(configuration, cores: System.coreCount).findings(of: .current())
        return TLSCheck(configuration, validity).findings + [keySet(), log()].compactMap(\.self)
            + (await JetStreamCheck(configuration).findings()) + (await issuers.findings(token: token)) + exposures
            + places
            + [validity.clock, descriptors()] + warnings + notices + budget
    }

    private var logHolder: PortHolder? {
        configuration.log.file.flatMap { PortHolder.find(log: $0) }
    }

    private func keySet() -> CheckFinding? {
        let file = configuration.auth.shownKeys.map { "auth.keys \($0)" }
        let issuers = configuration.auth.issuers.compactMap(\.file).map { QuotedValue.name($0) }
        guard file != nil || !issuers.isEmpty else { return nil }
        let subject = file ?? "auth.issuers \(issuers.joined(separator: ", "))"
        do throws(StartupError) {
            _ = try configuration.auth.trust(places: configuration.places)
            return CheckFinding(.fine, subject, "holds token keys that can be used")
        } catch {
            return CheckFinding(.wrong, subject, error.message)
        }
    }

    /// Files that other users of this machine can read or change.
    private var exposures: [CheckFinding] {
        configuration.exposures.map { key, path, exposure in
            CheckFinding(.doubtful, "\(key) \(QuotedValue.name(path, isSecret: isSecret(key)))", exposure.detail)
        }
    }

    private func isSecret(_ key: String) -> Bool { Settings.byKey[key]?.isSecret ?? false }

    /// Whether the log's file can be opened or made. When a gateway has it open, that gateway judges it.
    private func log() -> CheckFinding? {
        guard let path = configuration.log.file else { return nil }
        let subject = "log.path \(QuotedValue.name(path))"
        if let holder = logHolder {
            return holder.isSluice
                ? CheckFinding(
                    .fine, subject, "is in use by \(holder), which a restart with this configuration replaces")
                : CheckFinding(
                    .wrong, subject, "is in use by \(holder); stop it, or choose another file", fault: .surroundings)
        }
        do throws(LogFileError) {
            try SQLiteEventLog.vet(path: path)
            return CheckFinding(.fine, subject, "can be opened, or made where there is none")
        } catch {
            return CheckFinding(
                .wrong, subject, QuotedValue.hiding(path, in: error.message),
                fault: error.isConfiguration ? .configuration : .surroundings)
        }
    }

    private func descriptors() -> CheckFinding {
        let loops = configuration.listen.loops(cores: System.coreCount)
        let supply = DescriptorSupply(eventLoops: loops, hasCanaries: configuration.canary.interval > .zero)
        guard supply.budget(for: configuration.limits) != nil else {
            return CheckFinding(.wrong, "listen.event_loops \(loops)", supply.refusal, fault: .surroundings)
        }
        return Self.descriptors(available: supply.allowed, connections: configuration.limits.connections)
    }

    static func descriptors(available: Int, connections: Int) -> CheckFinding {
        let subject = "limits.connections \(connections)"
        guard available < connections else {
            return CheckFinding(.fine, subject, "fits into the \(available) files that a process may open")
        }
        return CheckFinding(
            .doubtful, subject,
            "a process may open only \(available) files; raise `ulimit -Hn` (systemd: LimitNOFILE), or lower it")
    }
}
