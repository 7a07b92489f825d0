// The three sources, one behind the other: which of them a key's value comes from, and the value. The order of
// precedence is swift-configuration's, which asks its providers in turn.

internal import Configuration
internal import PlainWords

/// File, environment and flags as one.
struct SettingSources: Sendable {
    /// From the strongest to the weakest.
    private let layers: [[String: WrittenValue]]
    private let reader: ConfigReader

    /// - Parameters:
    ///   - file: the file's values by dotted key.
    ///   - environment: the environment's.
    ///   - flags: the command line's.
    init(
        file: [String: WrittenValue], environment: [String: WrittenValue], flags: [String: WrittenValue]
    ) {
        layers = [flags, environment, file]
        reader = ConfigReader(providers: [
            Self.flagsProvider(flags), Self.environmentProvider(environment), Self.fileProvider(file),
        ])
    }

    /// Where a key's value was written; nil if nowhere.
    ///
    /// - Parameter key: the dotted key.
    func source(of key: String) -> SettingSource? {
        layers.lazy.compactMap { $0[key]?.source }.first
    }

    /// Where each key that is set was written.
    var places: SettingPlaces {
        SettingPlaces(
            Dictionary(layers.flatMap { $0.map { ($0, $1.source) } }, uniquingKeysWith: { strongest, _ in strongest }))
    }

    /// Parses every setting into a draft.
    ///
    /// - Parameters:
    ///   - draft: takes the values; one that is wrong stays as it was.
    ///   - reportsMissing: whether required keys that are set nowhere are errors.
    ///   - file: the path of the file that was read, if one was.
    /// - Returns: what is wrong, in the order of the table.
    func store(into draft: inout ConfigurationDraft, reportsMissing: Bool, file: String?) -> [ConfigurationError] {
        var errors: [ConfigurationError] = []
        for setting in Settings.all {
            guard let source = source(of: setting.key), let texts = texts(of: setting, in: source) else {
                let isReplaced = setting.substitute.flatMap(source) != nil
                if setting.isRequired, reportsMissing, !isReplaced { errors.append(Self.missing(setting, file: file)) }
                continue
            }
            do throws(Setting.SettingError) {
                try setting.store(texts, &draft)
            } catch {
                errors.append(Self.invalid(setting, error, place(of: error, in: setting) ?? source))
            }
        }
        return errors
    }

    /// The line of a value's part.
    private func place(of error: Setting.SettingError, in setting: Setting) -> SettingSource? {
        layers.lazy.compactMap { $0[setting.key] }.first?.parts[error.part]
    }

    private func texts(of setting: Setting, in source: SettingSource) -> [String]? {
        let texts = reader.stringArray(forKey: ConfigKey(setting.components))
        // In the environment a list is one text; in the file it is a list, and on the command line a repeated flag.
        guard setting.isList, case .environment = source else { return texts }
        return texts?.flatMap { text in
            text.split(separator: ",", omittingEmptySubsequences: false).map { String($0.trimmingPrefix(" ")) }
        }
    }

    private static func missing(_ setting: Setting, file: String?) -> ConfigurationError {
        let place = setting.components.map { "`\($0):`" }.joined(separator: " and below it ")
        return ConfigurationError(
            code: .missing, source: file.map { .file(path: $0, line: nil) }, key: setting.key,
            detail: "is missing: \(setting.effect)",
            remedy: "set it in the file (\(place)), as \(setting.environmentName) or as \(setting.flag)")
    }

    private static func invalid(
        _ setting: Setting, _ error: Setting.SettingError, _ source: SettingSource
    ) -> ConfigurationError {
        let key = setting.key + error.part
        guard let text = error.text else {
            return ConfigurationError(
                code: .invalid, source: source, key: key, detail: error.reason.problem, remedy: error.reason.remedy)
        }
        let isSecret = setting.isSecret && !QuotedValue.looksLikePath(text)
        let shown = QuotedValue(text, isSecret: isSecret && !text.isEmpty)
        return ConfigurationError(
            code: .invalid, source: source, key: key, detail: "\(shown) \(error.reason.problem)",
            remedy: shown.isWithheld ? setting.remedyWithoutValue(error.reason) : error.reason.remedy)
    }
}

extension Setting {
    /// A remedy may repeat a part of the value, corrected; not of one that is kept back.
    fileprivate func remedyWithoutValue(_ reason: SettingValueError) -> String {
        guard !type.hasPrefix("path") else { return reason.remedy }
        return "the setting takes this: \(type)" + (range.map { ", \($0)" } ?? "")
    }
}

extension SettingSources {
    private static func flagsProvider(_ values: [String: WrittenValue]) -> some ConfigProvider {
        let arguments = values.values.flatMap { value in
            value.texts.map { "\(value.source.description)=\($0)" }
        }
        // The provider's flags keep a key's underscores; ours have dashes only.
        return CommandLineArgumentsProvider(arguments: ["sluice"] + arguments).mapKeys { key in
            AbsoluteConfigKey(
                key.components.map { $0.split(separator: "_").joined(separator: "-") }, context: key.context)
        }
    }

    private static func environmentProvider(_ values: [String: WrittenValue]) -> some ConfigProvider {
        let variables = values.values.map { ($0.source.description, $0.texts.joined()) }
        // No variable holds a NUL, so that a value stays whole and only settings that are lists are split.
        return EnvironmentVariablesProvider(
            environmentVariables: Dictionary(uniqueKeysWithValues: variables), arraySeparator: "\0"
        ).prefixKeys(with: ["sluice"])
    }

    private static func fileProvider(_ values: [String: WrittenValue]) -> some ConfigProvider {
        let entries = values.map { key, value in
            (
                AbsoluteConfigKey(key.split(separator: ".").map(String.init)),
                ConfigValue(.stringArray(value.texts), isSecret: false)
            )
        }
        return InMemoryProvider(name: "file", values: Dictionary(uniqueKeysWithValues: entries))
    }
}

// A value as it stands in one source, before anyone asks what it means.

/// The texts of one key in one source.
struct WrittenValue: Sendable, Equatable {
    /// One text, or the texts of a list.
    var texts: [String]
    /// Whether it was written as a list.
    var isList: Bool
    /// Where.
    var source: SettingSource
    /// Where each part of a value with parts was written, by its path.
    var parts: [String: SettingSource] = [:]
}
