// The one kind of consumer that the engine makes: a node's ordered reading of a stream. It lives in one server's
// memory, takes no acknowledgements, and is made anew whenever anything is amiss.

internal import EventLog
internal import StrictJSON

/// An ordered push consumer.
struct ConsumerConfig: Sendable, Equatable {
    /// Where its messages go.
    var deliverTo: String
    /// The first message, by its sequence.
    var start: Position
    /// What a subject has to fit; all of the stream's without it.
    var filter: String?
    /// How long it may be silent, in nanoseconds.
    var heartbeat: Int64 = 1_000_000_000
    /// How long it outlives its reader, in nanoseconds.
    var inactivity: Int64 = 30_000_000_000

    func write(_ members: inout JSONMembers) {
        members.string("deliver_subject", deliverTo)
        if start > 1 {
            members.string("deliver_policy", "by_start_sequence")
            members.integer("opt_start_seq", Int64(clamping: start))
        } else {
            members.string("deliver_policy", "all")
        }
        if let filter { members.string("filter_subject", filter) }
        members.string("ack_policy", "none")
        members.string("replay_policy", "instant")
        members.integer("max_deliver", 1)
        members.bool("flow_control", true)
        members.integer("idle_heartbeat", heartbeat)
        members.integer("inactive_threshold", inactivity)
        members.integer("num_replicas", 1)
        members.bool("mem_storage", true)
    }
}

/// The answer to `CONSUMER.CREATE`.
struct ConsumerInfo: Sendable, Equatable, JSONObject {
    var name = ""
    /// How many messages wait to be delivered.
    var pending: UInt64 = 0
    /// The server that it stands on; nothing where there is no cluster.
    var leader: String?

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "name": self.name = try reader.readString()
        case "num_pending": pending = try reader.readSequence()
        case "cluster": leader = try StreamInfo.Cluster(&reader).leader
        default: try reader.skipValue()
        }
    }
}

extension APIRequest<ConsumerInfo> {
    /// Makes a consumer, whose name the server chooses.
    static func createConsumer(_ config: ConsumerConfig, of stream: String) -> Self {
        APIRequest("CONSUMER.CREATE.\(stream)") { members in
            members.string("stream_name", stream)
            members.object("config") { config.write(&$0) }
        }
    }
}
