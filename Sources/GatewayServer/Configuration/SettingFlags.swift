// The settings among the command line's arguments: `--listen-port 9000`, `--listen-port=9000`, `--auth-query-token`.
// It knows flags and their shape, not what values mean.

/// What the command line sets, and what is wrong with its shape.
struct SettingFlags {
    /// The texts by dotted key; a list's flag may be repeated.
    private(set) var values: [String: WrittenValue] = [:]
    /// What is wrong, in the order of the arguments.
    private(set) var errors: [ConfigurationError] = []

    private let siblings: [String]

    private static let byFlag = Dictionary(uniqueKeysWithValues: Settings.all.map { ($0.flag, $0) })

    /// Reads arguments.
    ///
    /// - Parameters:
    ///   - arguments: what stands behind the command's name, without the program's own options.
    ///   - siblings: the program's own options.
    init(_ arguments: [String], siblings: [String] = []) {
        self.siblings = siblings
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else {
                fail(.unknown, argument, "is no flag", "write settings as --listen-port 8443")
                continue
            }
            let (flag, inlined) = Self.split(argument)
            guard let setting = Self.byFlag[flag] else {
                refuseUnknown(flag, &rest, takesNext: inlined == nil)
                continue
            }
            read(setting, inlined, &rest)
        }
    }

    private static func split(_ argument: String) -> (flag: String, value: String?) {
        guard let equals = argument.firstIndex(of: "=") else { return (argument, nil) }
        return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
    }

    private mutating func read(_ setting: Setting, _ inlined: String?, _ rest: inout ArraySlice<String>) {
        guard let text = inlined ?? Self.value(of: setting, &rest) else {
            return fail(.malformed, setting.flag, "has no value", "write \(setting.flag) \(setting.placeholder)")
        }
        if values[setting.key] != nil, !setting.isList {
            return fail(.duplicate, setting.flag, "is written more than once", "keep one of them")
        }
        values[setting.key, default: WrittenValue(texts: [], isList: setting.isList, source: .flag(setting.flag))]
            .texts.append(text)
    }

    /// The argument behind a flag, unless it is the next flag. A switch needs none.
    private static func value(of setting: Setting, _ rest: inout ArraySlice<String>) -> String? {
        if setting.isSwitch {
            guard let next = rest.first, Bool(next) != nil else { return "true" }
            return rest.popFirst()
        }
        guard let next = rest.first, !next.hasPrefix("--") else { return nil }
        return rest.popFirst()
    }

    /// Skips what was meant as the unknown flag's value, so that it is not reported again.
    private mutating func refuseUnknown(_ flag: String, _ rest: inout ArraySlice<String>, takesNext: Bool) {
        if takesNext, let next = rest.first, !next.hasPrefix("--") { rest.removeFirst() }
        let near = NearestName.find(flag, among: siblings + ["--config"] + Settings.all.map(\.flag))
        fail(
            .unknown, flag, "is no flag", near.map { "did you mean \($0)?" } ?? "`sluice serve --help` lists the flags")
    }

    private mutating func fail(
        _ code: ConfigurationError.Code, _ flag: String, _ detail: String, _ remedy: String
    ) {
        errors.append(ConfigurationError(code: code, source: .flag(flag), detail: detail, remedy: remedy))
    }
}
