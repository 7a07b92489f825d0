// `log.jetstream.…`: the engine for more than one gateway. What they mean to NATS is `JetStreamOpening`'s.

package import NATSClient
package import NATSMonitor

extension GatewayConfiguration {
    /// `log.jetstream.…`: where NATS's servers are, and what this node does when they are away.
    package struct JetStream: Sendable, Equatable {
        /// The servers to begin with; others of their cluster are learned from them.
        package var servers: [ServerAddress] = []
        /// The monitoring addresses of all servers of the cluster.
        package var monitors: [MonitorURL] = []
        /// The stream that holds events; the one for what is in force has `_state` behind its name.
        package var stream = "sluice"
        /// How many servers hold each event.
        package var replicas = 3
        /// Whether a stream that is missing is made at the start.
        package var mayCreate = false
        /// A PEM file with the authorities that vouch for the servers; the system's when there is none.
        package var ca: String?
        /// Whether TLS begins before a server's first line.
        var isTLSFirst = false
        /// A PEM file with this gateway's certificate.
        package var certificate: String?
        /// A PEM file with the certificate's key.
        package var key: String?
        /// A credentials file, or one with an NKey's seed.
        package var credentials: String?
        /// Who this gateway is at the servers.
        package var user: String?
        /// The file of the user's password; of a token where there is no user.
        var passwordFile: String?
        /// How long a node that is cut off keeps its streams; zero is for ever.
        package var giveUp: Duration = .seconds(60)
        /// How many bytes of the newest events are held in memory.
        package var windowBytes = 64 << 20
        /// How many bytes of what other gateways tell of their streams are held in memory.
        var presenceBytes = 64 << 20

        package init() {}

        /// The files that are read for each connection.
        var files: [(key: String, path: String, isSecret: Bool)] {
            let named: [(String, String?, Bool)] = [
                ("ca", ca, false), ("certificate", certificate, false), ("key", key, true),
                ("credentials", credentials, true), ("password_file", passwordFile, true),
            ]
            return named.compactMap { name, path, isSecret in
                path.map { ("log.jetstream.\(name)", $0, isSecret) }
            }
        }
    }
}

extension GatewayConfiguration.Log {
    /// The durability of a log of this process's own, for publishers; nothing where others have to be asked.
    var ownDurability: String? {
        switch kind {
        case .memory: "memory"
        case .sqlite: durability.rawValue
        case .jetstream: nil
        }
    }
}
