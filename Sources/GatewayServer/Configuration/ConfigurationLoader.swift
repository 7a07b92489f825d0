// From what the operator wrote to a checked configuration. It opens the configuration file and nothing else: no
// certificate, no key set, no socket. Everything that is wrong is found and reported together.

/// Reads the configuration from its three sources: file, then environment, then flags, the later the stronger.
package struct ConfigurationLoader: Sendable {
    private let path: String?
    private let environment: [String: String]
    private let flags: [String]
    private let siblings: [String]

    /// - Parameters:
    ///   - path: the configuration file; nil for none.
    ///   - environment: the process's environment variables.
    ///   - flags: the command line's settings: `["--listen-port", "9000"]`.
    ///   - siblings: the command's own flags, which a mistyped one may have been meant for.
    package init(path: String?, environment: [String: String], flags: [String], siblings: [String] = []) {
        self.path = path
        self.environment = environment
        self.flags = flags
        self.siblings = siblings
    }

    /// Reads and checks every source.
    ///
    /// - Returns: a configuration that can be acted on, with its warnings.
    /// - Throws: `ConfigurationErrors` with everything that is wrong in any source.
    package func load() throws(ConfigurationErrors) -> GatewayConfiguration { try load(over: nil) }

    /// The same for a gateway that runs.
    ///
    /// - Parameter running: what it runs with. What can't change while it does stays as it is there.
    package func load(over running: GatewayConfiguration?) throws(ConfigurationErrors) -> GatewayConfiguration {
        let document = readFile()
        let variables = SettingVariables(environment)
        let arguments = SettingFlags(flags, siblings: siblings)
        var errors = document.errors + variables.errors + arguments.errors
        let sources = SettingSources(file: document.values, environment: variables.values, flags: arguments.values)
        // A file that could not be read makes required keys seem missing and rules broken, which says nothing new.
        let isFileLost = document.errors.contains { Self.losesFile.contains($0.code) }
        var draft = ConfigurationDraft()
        errors += sources.store(into: &draft, reportsMissing: !isFileLost, file: path)
        guard !isFileLost else { throw ConfigurationErrors(errors) }
        let awaitingRestart = running.map { draft.keep($0) } ?? []
        var checks = ConfigurationChecks(draft: draft, sources: sources)
        var configuration = checks.check(unless: Set(errors.compactMap(\.key).map(Self.setting)))
        errors += checks.errors
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        configuration.places = sources.places
        configuration.awaitingRestart = awaitingRestart
        configuration.notices = variables.notices
        return configuration
    }

    /// Reads where a running gateway's admin listener is: who asks it needs nothing else of the configuration, and may
    /// ask because the rest is wrong.
    ///
    /// - Throws: `ConfigurationErrors` when the file can't be read, or one of `admin.…` or a flag is wrong.
    package func loadAdmin() throws(ConfigurationErrors) -> GatewayConfiguration.Admin {
        let document = readFile()
        let variables = SettingVariables(environment)
        let arguments = SettingFlags(flags, siblings: siblings)
        let sources = SettingSources(file: document.values, environment: variables.values, flags: arguments.values)
        var draft = ConfigurationDraft()
        let found = document.errors + variables.errors + sources.store(into: &draft, reportsMissing: false, file: path)
        let errors = found.filter { Self.losesFile.contains($0.code) || $0.key?.hasPrefix("admin.") == true }
        guard errors.isEmpty, arguments.errors.isEmpty else { throw ConfigurationErrors(errors + arguments.errors) }
        return draft.configuration.admin
    }

    /// The setting that a key belongs to, be it a part of its value: `auth.issuers` for `auth.issuers[0].ca`.
    private static func setting(of key: String) -> String {
        Settings.all.first { $0.hasParts && key.hasPrefix($0.key) }?.key ?? key
    }

    private static let losesFile: Set<ConfigurationError.Code> = [.unreadable, .malformed, .duplicate]

    private func readFile() -> (values: [String: WrittenValue], errors: [ConfigurationError]) {
        guard let path else { return ([:], []) }
        do throws(ConfigurationError) {
            let document = SettingsDocument(try SettingsFile.read(path), path: path)
            return (document.values, document.errors)
        } catch {
            return ([:], [error])
        }
    }
}

extension ConfigurationDraft {
    /// Takes over what can't change while a gateway runs.
    ///
    /// - Returns: the keys of which something else was written.
    fileprivate mutating func keep(_ running: GatewayConfiguration) -> [String] {
        let running = ConfigurationDraft(running)
        let kept = Settings.all.filter { $0.reload == .restart && !$0.isSame(self, running) }
        for setting in kept { setting.copy(running, &self) }
        return kept.map(\.key)
    }
}
