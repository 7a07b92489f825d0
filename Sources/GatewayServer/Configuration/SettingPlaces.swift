// Where the operator wrote what. Kept with the configuration, because a certificate that does not fit its key is found long
// after the file was read, and still has to be found again.

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

    /// Always: two configurations that say the same are the same, wherever it was written.
    package static func == (left: SettingPlaces, right: SettingPlaces) -> Bool { true }
}
