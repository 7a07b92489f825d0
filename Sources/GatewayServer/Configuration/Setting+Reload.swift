// When a changed setting holds: the reload's column of the settings' table.

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

        init(of key: String) {
            self =
                if Self.restartKeys.contains(key) || key.hasPrefix("log.") {
                    .restart
                } else if Self.connectionKeys.contains(key) || key.hasPrefix("http2.") {
                    .newConnections
                } else if Self.streamKeys.contains(key) {
                    .newStreams
                } else {
                    .atOnce
                }
        }

        private static let restartKeys: Set<String> = [
            "listen.address", "listen.port", "listen.event_loops", "admin.address", "admin.port",
            "publish.key_lifetime", "limits.publish_keys", "limits.publish_key_bytes", "limits.send_buffer",
            "limits.unsent", "limits.unacknowledged",
        ]
        private static let connectionKeys: Set<String> = [
            "tls.certificate", "tls.key", "tls.minimum_version", "tls.handshake_timeout", "tls.ticket_lifetime",
            "tls.ticket_keys", "limits.request_head", "limits.head_timeout", "limits.body_timeout",
            "limits.idle_timeout", "limits.write_buffer",
        ]
        private static let streamKeys: Set<String> = ["stream.buffer", "session.expiry_notice"]
    }
}

extension Settings {
    /// The settings that differ between two configurations.
    static func changed(from old: GatewayConfiguration, to new: GatewayConfiguration) -> [Setting] {
        let (old, new) = (ConfigurationDraft(old), ConfigurationDraft(new))
        return all.filter { !$0.isSame(old, new) }
    }
}
