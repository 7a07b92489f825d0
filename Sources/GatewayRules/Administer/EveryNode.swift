// What an administrator's requests need of the other gateways that share the log.

package import EventHub
package import EventLog

/// All nodes of a cluster, as one of them sees it.
package protocol EveryNode: Sendable {
    /// Whether a node of this name is heard.
    func knows(node: String) -> Bool

    /// A page of who is connected anywhere, in an order that is the same at all nodes.
    func users(after name: String?, limit: Int) -> ClusterUsers

    /// A page of a user's streams anywhere. It waits for the nodes' answers for a moment.
    func streams(of user: String, after place: ClusterStream.Place?, limit: Int) async -> ClusterStreams

    /// Ends a user's streams at all nodes, or at one, and waits for how many that were for a moment.
    ///
    /// - Throws: when the log does not take the order.
    func disconnect(
        _ user: String, stream: StreamName?, node: String?, isRetryable: Bool
    ) async throws(EventLogError) -> ClusterEnding

    /// Revokes tokens at all nodes, and waits for how many streams that ended for a moment.
    ///
    /// - Throws: when the log can't keep it: then it is not in force.
    func revoke(_ revocation: Revocation) async throws(EventLogError) -> ClusterEnding
}

/// A page of users, with how many streams each has.
package struct ClusterUsers: Sendable {
    package let users: [(name: String, streams: Int)]
    /// Whether some node's users are not all known.
    package let isIncomplete: Bool

    package init(users: [(name: String, streams: Int)], isIncomplete: Bool) {
        (self.users, self.isIncomplete) = (users, isIncomplete)
    }
}

/// A stream at one of the nodes.
package struct ClusterStream: Sendable, Equatable {
    /// Where a page ended.
    package typealias Place = (node: String, name: StreamName)

    package var node: String
    package let name: StreamName
    /// What its node tells of it, as a JSON object.
    package let json: [UInt8]

    package init(node: String, name: StreamName, json: [UInt8]) {
        (self.node, self.name, self.json) = (node, name, json)
    }
}

/// A page of a user's streams.
package struct ClusterStreams: Sendable, Equatable {
    package var streams: [ClusterStream]
    /// The nodes that did not answer in time.
    package let unanswered: [String]
    package var hasMore: Bool

    package init(streams: [ClusterStream], unanswered: [String], hasMore: Bool) {
        (self.streams, self.unanswered, self.hasMore) = (streams, unanswered, hasMore)
    }
}

/// What became of an order to end streams.
package struct ClusterEnding: Sendable, Equatable {
    /// How many have ended, where it is known.
    package let streams: Int
    /// The nodes that did not say it in time. They have the order, or get it when they are back.
    package let unanswered: [String]

    package init(streams: Int, unanswered: [String]) { (self.streams, self.unanswered) = (streams, unanswered) }
}
