// `stream.…` and `log.…`: what streams have in common, and what they resume from.

package import EventHub
internal import EventLog
package import GatewayRules

extension GatewayConfiguration {
    /// `stream.…`: what every event stream has in common.
    package struct Stream: Sendable, Equatable {
        /// A stream that had nothing written for this long gets a comment line.
        package var heartbeat: Duration = .seconds(15)
        /// The shortest wait that a client is told before it reconnects (`retry:`).
        package var retry: Duration = .seconds(3)
        /// How many clients may reconnect per second, when all do.
        var reconnects = 5000
        /// How many bytes of events wait for one stream whose client reads too slowly.
        package var buffer = 64 * 1024
        /// How many bytes wait for all streams together.
        package var bufferTotal = 256 * 1024 * 1024
        /// What becomes of a stream whose buffer is full.
        package var overflow = StreamSettings.Overflow.catchUp
        /// For how long a stream may read the log without catching up.
        package var behindLimit: Duration = .seconds(600)
        /// Whether an event says which request brought it.
        var requestField = false

        package init() {}
    }

    /// `presence.…`: what subscribers of a topic are told of each other.
    package struct Presence: Sendable, Equatable {
        /// Topics of which it is told, by patterns like those of grants.
        var topics: [String] = []
        /// How long a user has to be away before it counts as gone, and the time between two events of a topic.
        var debounce: Duration = .seconds(5)
        /// How many users of a topic are told by name.
        var members = 100
        /// Bytes that the users of all these topics may take up.
        var bytes = 16 * 1024 * 1024

        package init() {}
    }

    /// `log.…`: the event log.
    package struct Log: Sendable, Equatable {
        /// Where events live.
        package var kind = Kind.memory
        /// The SQLite file's path.
        package var path: String?
        /// What a publisher's answer waits for.
        package var durability = Durability.full
        /// How many bytes of past events are kept for replay (`log.retention.bytes`).
        var retentionBytes = 64 * 1024 * 1024
        /// How many past events are kept (`log.retention.events`).
        var retentionEvents = 1_000_000
        /// For how long (`log.retention.age`).
        var retentionAge: Duration = .seconds(7 * 24 * 3600)
        /// For how long no publisher pushes out what others with less have published (`log.retention.share_age`).
        var shareAge: Duration = .seconds(60)
        /// After what time without its log streams are told so (`log.stale_after`).
        package var staleAfter: Duration = .seconds(5)
        /// The engine of more than one gateway (`log.jetstream.…`).
        package var jetStream = JetStream()

        package init() {}

        /// The file that events live in, for a kind that has one.
        package var file: String? {
            switch kind {
            case .memory, .jetstream: nil
            case .sqlite: path
            }
        }

        /// Where events live.
        package enum Kind: String, Sendable, CaseIterable {
            /// In the process, and gone with it.
            case memory
            /// In a file.
            case sqlite
            /// In NATS JetStream, for any number of gateways.
            case jetstream
        }

        /// What a publisher's answer waits for.
        package enum Durability: String, Sendable, CaseIterable {
            /// The disk.
            case full
            /// The operating system.
            case normal
            /// Most of the servers that hold the event.
            case replicated
        }
    }
}

// `session.…`: how browsers stay signed in.

extension GatewayConfiguration {
    /// `session.…`: how browsers stay signed in.
    package struct Session: Sendable, Equatable {
        /// With which requests browsers send the cookie.
        package var sameSite = SameSite.lax
        /// How long ahead of its token's end a stream is told of it.
        package var expiryNotice: Duration = .seconds(60)
        /// What the sessions take up that are kept because their tokens fit no cookie, in bytes.
        var keptBytes = 32 << 20
        /// How many of them a user may have.
        var keptPerUser = 16

        package init() {}
    }
}
