// The settings among the environment's variables: `SLUICE_LISTEN_PORT=9000`. Variables without our prefix are none of
// our business; with it, each must be known, so that a mistyped one is not silently without effect.

/// What the environment sets, and which of its names are unknown.
struct SettingVariables {
    /// The texts by dotted key.
    private(set) var values: [String: WrittenValue] = [:]
    /// What is wrong, in the order of the names.
    private(set) var errors: [ConfigurationError] = []
    /// What was passed over although it has our prefix.
    private(set) var notices: [String] = []

    /// Variables with our prefix that are no settings: what `sluice listen`, `publish`, `check` and `bench` take from
    /// the environment, and the seed of random tests.
    static let others: Set<String> = ["SLUICE_TOKEN", "SLUICE_URL", "SLUICE_CA", "SLUICE_SEED"]

    private static let byName = Dictionary(uniqueKeysWithValues: Settings.all.map { ($0.environmentName, $0) })

    /// Reads variables.
    ///
    /// - Parameter environment: all of the process's variables.
    init(_ environment: [String: String]) {
        let names = environment.keys.filter { $0.hasPrefix("SLUICE_") && !Self.others.contains($0) }.sorted()
        let addresses = ServiceVariables(environment.filter { $0.key.hasPrefix("SLUICE_") })
        notices = [addresses.notice].compactMap(\.self)
        for name in names where !addresses.names.contains(name) {
            guard let setting = Self.byName[name] else {
                let near = NearestName.find(name, among: Settings.all.map(\.environmentName))
                errors.append(
                    ConfigurationError(
                        code: .unknown, source: .environment(name), detail: "is no setting",
                        remedy: near.map { "did you mean \($0)?" } ?? "unset it"))
                continue
            }
            let text = environment[name] ?? ""
            values[setting.key] = WrittenValue(texts: [text], isList: false, source: .environment(name))
        }
    }
}
