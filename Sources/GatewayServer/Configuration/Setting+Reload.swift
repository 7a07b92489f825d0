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
