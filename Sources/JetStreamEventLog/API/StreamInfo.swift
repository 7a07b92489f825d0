// What a stream's leader says of it, and the requests for streams.

internal import EventLog
internal import StrictJSON

/// The answer to `STREAM.INFO` and `STREAM.CREATE`. It comes from the stream's leader alone.
struct StreamInfo: Sendable, Equatable, JSONObject {
    /// When the stream was made, in the server's words: two streams of one name differ by it.
    var created = ""
    var config = StreamConfig()
    var contents = Contents()
    /// Who leads the stream; nothing when it stands on a server that is in no cluster.
    var leader: String?
    /// The other servers that have the stream.
    var replicas: [Replica] = []

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "created": created = try reader.readString()
        case "config": config = try StreamConfig(&reader)
        case "state": contents = try Contents(&reader)
        case "cluster":
            let cluster = try Cluster(&reader)
            (leader, replicas) = (cluster.leader, cluster.replicas)
        default: try reader.skipValue()
        }
    }

    /// What is in the stream (`state`).
    struct Contents: Sendable, Equatable, JSONObject {
        var messages: UInt64 = 0
        var bytes: UInt64 = 0
        /// The sequence of the oldest message; one more than the last when there is none.
        var firstSequence: Position = 0
        var lastSequence: Position = 0
        /// When these two were stored; a server says something of an empty stream, too.
        var firstTime: ServerTime?
        var lastTime: ServerTime?
        /// How many between these two are gone.
        var deleted: UInt64 = 0

        mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
            switch name {
            case "messages": messages = try reader.readSequence()
            case "bytes": bytes = try reader.readSequence()
            case "first_seq": firstSequence = try reader.readSequence()
            case "last_seq": lastSequence = try reader.readSequence()
            case "first_ts": firstTime = ServerTime(try reader.readString())
            case "last_ts": lastTime = ServerTime(try reader.readString())
            case "num_deleted": deleted = try reader.readSequence()
            default: try reader.skipValue()
            }
        }
    }

    /// A server that has the stream beside its leader.
    struct Replica: Sendable, Equatable, JSONObject {
        var name = ""
        var isCurrent = false
        var isOffline = false
        /// How many changes it has not got yet.
        var lag: UInt64 = 0

        mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
            switch name {
            case "name": self.name = try reader.readString()
            case "current": isCurrent = try reader.readBool()
            case "offline": isOffline = try reader.readBool()
            case "lag": lag = try reader.readSequence()
            default: try reader.skipValue()
            }
        }
    }

    /// On which servers it stands (`cluster`).
    struct Cluster: JSONObject {
        var leader: String?
        var replicas: [Replica] = []

        mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
            switch name {
            case "leader": leader = try reader.readString()
            case "replicas": replicas = try reader.readObjects(Replica.self)
            default: try reader.skipValue()
            }
        }
    }
}

extension APIRequest<StreamInfo> {
    /// Asks a stream's leader for what there is.
    static func info(of stream: String) -> Self { APIRequest("STREAM.INFO.\(stream)") }

    /// Makes a stream. One that is there with the same configuration is as good.
    static func create(_ config: StreamConfig) -> Self {
        APIRequest("STREAM.CREATE.\(config.name)") { config.write(&$0) }
    }
}

extension APIRequest<Done> {
    /// Removes the messages of a subject up to a sequence: never one that is newer than who asks knows.
    static func purge(_ stream: String, subject: String, upTo sequence: Position) -> Self {
        APIRequest("STREAM.PURGE.\(stream)") { members in
            members.string("filter", subject)
            members.integer("seq", Int64(min(sequence, Position(Int64.max) - 1) + 1))
        }
    }

    /// Ends a consumer.
    static func deleteConsumer(_ name: String, of stream: String) -> Self {
        APIRequest("CONSUMER.DELETE.\(stream).\(name)")
    }
}

/// The answer to `INFO`: what an account may do, and how new the servers' API is.
struct AccountInfo: Sendable, Equatable, JSONObject {
    /// 0 before nats-server 2.11; 1 with it, and more with each newer one.
    var apiLevel: Int64 = 0

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        if name == "api" { apiLevel = try API(&reader).level } else { try reader.skipValue() }
    }

    private struct API: JSONObject {
        var level: Int64 = 0

        mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
            if name == "level" { level = try reader.readInteger() } else { try reader.skipValue() }
        }
    }
}

extension APIRequest<AccountInfo> {
    static var account: Self { APIRequest("INFO") }
}
