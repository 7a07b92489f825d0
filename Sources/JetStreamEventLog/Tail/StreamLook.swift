// What the stream's leader says of it, as far as a tail needs it.

internal import EventLog

/// A stream as its leader sees it.
struct StreamLook: Sendable, Equatable {
    /// When it was made, in the server's words: another stream of the same name has another time.
    var created: String
    /// The place before the oldest message.
    var floor: Position
    /// When the oldest message was stored; nothing when there is none.
    var firstAt: ServerTime?
    /// The newest message's sequence, whether it is still there or not.
    var last: Position
    /// The newest message that is still there, as asked no earlier than the rest. Below ``last`` only in a stream from
    /// whose middle messages go.
    var newest: Position
    /// What its messages take up in the store, in bytes.
    var bytes: Int
    /// The server that leads; nothing where there is no cluster.
    var leader: String?
    /// The servers that have it, where there is a cluster.
    var servers: [String] = []
    /// The stream's settings at present; nothing of a look that does not tell them.
    var config: StreamConfig?
}

extension StreamLook {
    init(
        created: String, floor: Position, last: Position, newest: Position? = nil, bytes: Int = 0,
        leader: String? = nil
    ) {
        (self.created, self.floor, self.last, self.newest) = (created, floor, last, newest ?? last)
        (self.bytes, self.leader) = (bytes, leader)
    }

    init(_ info: StreamInfo) {
        let contents = info.contents
        // A stream that never had a message has 0 for both.
        self.init(
            created: info.created, floor: max(contents.firstSequence, 1) - 1, last: contents.lastSequence,
            bytes: Int(clamping: contents.bytes), leader: info.leader)
        firstAt = contents.messages > 0 ? contents.firstTime : nil
        servers = (info.leader.map { [$0] } ?? []) + info.replicas.map(\.name)
        config = info.config
    }
}
