// What is wrong with one setting, said so that the operator can repair it without looking anything up. All that is
// found is reported together, as `ConfigurationErrors`. Values, names and paths are repeated as `QuotedValue` allows.

internal import PlainWords

/// One thing that is wrong with the configuration: where it stands, what it is, and what to do.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason, for decisions.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Reason: String {
            case unreadable, malformed, unknown, missing, duplicate, invalid, conflict
        }

        private let reason: Reason

        /// The file cannot be opened or read.
        package static let unreadable = Code(reason: .unreadable)
        /// The file is no YAML, or a flag has no value.
        package static let malformed = Code(reason: .malformed)
        /// A key, a variable or a flag that does not exist.
        package static let unknown = Code(reason: .unknown)
        /// A required setting that is set nowhere.
        package static let missing = Code(reason: .missing)
        /// The same key, or the same flag, twice.
        static let duplicate = Code(reason: .duplicate)
        /// A value of the wrong type or out of range.
        package static let invalid = Code(reason: .invalid)
        /// Settings that cannot hold together.
        static let conflict = Code(reason: .conflict)

        /// The reason in one word.
        package var description: String { reason.rawValue }
    }

    /// The reason, for decisions.
    package let code: Code
    /// Where the setting stands; nil when it is set nowhere, or when several settings disagree.
    package let source: SettingSource?
    /// The dotted key, if it concerns one.
    package let key: String?
    /// What is wrong, with the value as it was written.
    package let detail: String
    /// What to do.
    package let remedy: String

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: the reason, for decisions.
    ///   - source: where the setting stands.
    ///   - key: the dotted key.
    ///   - detail: what is wrong, with the value.
    ///   - remedy: what to do, as an imperative.
    package init(code: Code, source: SettingSource? = nil, key: String? = nil, detail: String, remedy: String) {
        self.code = code
        self.source = source
        self.key = key
        self.detail = detail
        self.remedy = remedy
    }

    /// One line: `sluice.yaml:3: listen.port: "eight" is not a whole number; write a number from 0 to 65535`.
    package var description: String { (place.isEmpty ? "" : place + ": ") + detail + "; " + remedy }

    /// Where it stands and which setting it is: `sluice.yaml:3: listen.port`; empty when neither is known.
    package var place: String {
        [source?.description, key.map { QuotedValue.name($0) }].compactMap(\.self).joined(separator: ": ")
    }
}

/// Everything that is wrong with the configuration, in the order of the sources and then of the keys.
package struct ConfigurationErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// At least one.
    package let errors: [ConfigurationError]

    /// - Parameter errors: at least one.
    package init(_ errors: [ConfigurationError]) {
        self.errors = errors
    }

    /// One error per line.
    package var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// Where a value was written.
package enum SettingSource: Sendable, Hashable, CustomStringConvertible {
    /// A line, counted from 1, of the configuration file; nil for the file as a whole.
    case file(path: String, line: Int?)
    /// An environment variable.
    case environment(String)
    /// A command line flag, with its dashes.
    case flag(String)

    /// `sluice.yaml:3`, `SLUICE_LISTEN_PORT` or `--listen-port`.
    package var description: String {
        switch self {
        case .file(let path, let line): line.map { "\(QuotedValue.name(path)):\($0)" } ?? QuotedValue.name(path)
        case .environment(let name), .flag(let name): QuotedValue.name(name)
        }
    }
}

// Why one text is not a value of its setting's type. It knows neither key nor source: who asked adds them.

/// A text that is not a value of the wanted type.
package struct SettingValueError: Error, Sendable, Equatable {
    /// What is wrong, to follow the quoted value: `is not a whole number`.
    package let problem: String
    /// What to write, as an imperative.
    package let remedy: String

    /// - Parameters:
    ///   - problem: what is wrong, to follow the quoted value.
    ///   - remedy: what to write, as an imperative.
    package init(problem: String, remedy: String) {
        self.problem = problem
        self.remedy = remedy
    }
}
