// One row of the table of settings, which says everything about a key. Loading, the flags and their help, the article's
// table and the values of the sample file all come from it. The rows are in `Settings`; the default of each is the
// value of the property in `GatewayConfiguration` that it is stored in.

/// A configuration key: its name, type, range, default and effect.
package struct Setting: Sendable {
    /// Stores the value that the texts of a source say.
    typealias Store = @Sendable ([String], inout ConfigurationDraft) throws(SettingError) -> Void

    /// A text that was refused: one of several, in a list.
    struct SettingError: Error {
        /// Nothing when what is wrong is no text.
        let text: String?
        let reason: SettingValueError
        /// Which part of a value with parts it is: `[0].audience`.
        var part = ""
    }

    /// The dotted key: `limits.streams_per_user`.
    package let key: String
    /// The type in words for operators: `time`, `list of origins`.
    package let type: String
    /// The smallest and the largest value, `0 … 65535`, or the words to choose from; nil for free text.
    package let range: String?
    /// The default as an operator would write it; nil when there is none.
    let defaultText: String?
    /// Whether the gateway refuses to start without it.
    let isRequired: Bool
    /// The key of the setting that may be there in its place.
    var substitute: String?
    /// Whether its value has parts of its own: maps, or a list of them.
    var hasParts = false
    /// Whether it takes several values.
    let isList: Bool
    /// Whether it is true or false, so that its flag may stand alone.
    let isSwitch: Bool
    /// Whether it names the file of a secret. A value that is no path may then be the secret itself, and is not
    /// repeated.
    package let isSecret: Bool
    /// When a change takes effect, after a reload.
    let reload: Reload
    /// What it does, in one line.
    let effect: String
    let store: Store
    /// Whether two configurations have the same value of it.
    let isSame: @Sendable (ConfigurationDraft, ConfigurationDraft) -> Bool
    /// Takes its value over from another configuration.
    let copy: @Sendable (ConfigurationDraft, inout ConfigurationDraft) -> Void

    /// The key's parts: `limits`, `streams_per_user`.
    package var components: [String] { key.split(separator: ".").map(String.init) }
    /// The environment variable: `SLUICE_LIMITS_STREAMS_PER_USER`.
    var environmentName: String {
        "SLUICE_" + components.joined(separator: "_").uppercased()
    }
    /// The command line flag: `--limits-streams-per-user`.
    var flag: String {
        "--" + components.joined(separator: "-").split(separator: "_").joined(separator: "-")
    }
}

/// What loading has stored so far: the configuration, and lists that only make sense together.
struct ConfigurationDraft: Sendable {
    /// Everything that one key decides alone.
    var configuration = GatewayConfiguration(
        tls: GatewayConfiguration.TLS(identities: []), auth: GatewayConfiguration.Auth())
    /// `tls.certificate`, to be paired with `tls.key`.
    var certificates: [String] = []
    /// `tls.key`.
    var privateKeys: [String] = []

    init() {}

    /// What a configuration was made from.
    init(_ configuration: GatewayConfiguration) {
        self.configuration = configuration
        certificates = configuration.tls.identities.map(\.certificate)
        privateKeys = configuration.tls.identities.map(\.key)
    }
}

// When a changed setting holds: the reload's column of the settings' table. Each row says it.

extension Setting {
    /// For whom a change holds once the configuration has been reloaded.
    package enum Reload: String, Sendable, CaseIterable {
        /// For everybody, from the next request or the next look at a stream on.
        case atOnce = "at once"
        /// For connections that come from then on.
        case newConnections = "new connections"
        /// For streams that are opened from then on.
        case newStreams = "new streams"
        /// For the next process: sockets and the log's engine are made once.
        case restart
    }
}

extension Settings {
    /// The settings that differ between two configurations.
    static func changed(from old: GatewayConfiguration, to new: GatewayConfiguration) -> [Setting] {
        let (old, new) = (ConfigurationDraft(old), ConfigurationDraft(new))
        return all.filter { !$0.isSame(old, new) }
    }
}
