// Where the operator wrote each setting. It is kept with the configuration: that a certificate does not fit its key
// turns out long after the file was read, and the operator has to find the line.

/// The place of each setting that was written anywhere.
package struct SettingPlaces: Sendable, Equatable {
    private var places: [String: SettingSource] = [:]

    package init() {}

    init(_ places: [String: SettingSource]) {
        self.places = places
    }

    /// The settings of `keys` with the place of the first: `sluice.yaml:5: tls.certificate, tls.key`.
    func name(_ keys: String...) -> String {
        let place = keys.lazy.compactMap { places[$0] }.first
        return [place?.description, keys.joined(separator: ", ")].compactMap(\.self).joined(separator: ": ")
    }

    /// Always true: configurations with the same values are equal, wherever the values were written.
    package static func == (left: SettingPlaces, right: SettingPlaces) -> Bool { true }
}
