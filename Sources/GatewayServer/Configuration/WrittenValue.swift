// A value as it stands in one source, before anyone asks what it means.

/// The texts of one key in one source.
struct WrittenValue: Sendable, Equatable {
    /// One text, or the texts of a list.
    var texts: [String]
    /// Whether it was written as a list.
    var isList: Bool
    /// Where.
    var source: SettingSource
}
