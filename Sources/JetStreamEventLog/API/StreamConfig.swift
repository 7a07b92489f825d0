// The configuration of a stream, as JetStream has it: what this engine wants of one, and what it finds. How the two are
// compared is in `StreamCheck`.

internal import StrictJSON

/// A stream's configuration. Only what matters to a log is read.
struct StreamConfig: Sendable, Equatable {
    var name = ""
    var subjects: [String] = []
    var retention = "limits"
    var storage = "file"
    var discard = "old"
    var replicas: Int64 = 1
    /// -1 is no limit, here and below.
    var maxBytes: Int64 = -1
    var maxMessages: Int64 = -1
    var maxMessagesPerSubject: Int64 = -1
    var maxMessageBytes: Int64 = -1
    /// In nanoseconds; 0 is no limit.
    var maxAge: Int64 = 0
    /// In nanoseconds.
    var duplicateWindow: Int64 = 0
    var allowsDirect = false
    var deniesDelete = false
    var deniesPurge = false
    var isSealed = false
    /// Whether publishers are not answered.
    var hasNoAcks = false
    /// Whether its messages come from other streams, too.
    var isFed = false
    /// Whether messages are stored under other subjects than they were published to.
    var hasTransform = false
    /// Whether messages are published a second time, elsewhere.
    var isRepublished = false
    /// Whether messages count instead of being kept (`allow_msg_counter`, 2.12).
    var isCounter = false
    /// When a server answers: `async` is before it has written (2.12, for one replica).
    var persistence = "default"
    var maxConsumers: Int64 = -1
    /// Limits of the stream's consumers: after which silence one goes, in nanoseconds, and how much it may have out.
    var consumerSilence: Int64 = 0
    var consumerPending: Int64 = 0

    /// In the server's form, for making a stream.
    func write(_ members: inout JSONMembers) {
        members.string("name", name)
        members.strings("subjects", subjects)
        members.string("retention", retention)
        members.string("storage", storage)
        members.string("discard", discard)
        members.integer("num_replicas", replicas)
        members.integer("max_bytes", maxBytes)
        members.integer("max_msgs", maxMessages)
        members.integer("max_msgs_per_subject", maxMessagesPerSubject)
        members.integer("max_msg_size", maxMessageBytes)
        members.integer("max_age", maxAge)
        members.integer("duplicate_window", duplicateWindow)
        members.integer("max_consumers", -1)
        members.bool("allow_direct", allowsDirect)
        members.bool("deny_delete", deniesDelete)
        members.bool("deny_purge", deniesPurge)
    }
}

extension StreamConfig: JSONObject {
    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "name": self.name = try reader.readString()
        case "subjects": subjects = try reader.readStrings()
        case "retention": retention = try reader.readString()
        case "storage": storage = try reader.readString()
        case "discard": discard = try reader.readString()
        case "num_replicas": replicas = try reader.readInteger()
        case "max_bytes": maxBytes = try reader.readInteger()
        case "max_msgs": maxMessages = try reader.readInteger()
        case "max_msgs_per_subject": maxMessagesPerSubject = try reader.readInteger()
        case "max_msg_size": maxMessageBytes = try reader.readInteger()
        case "max_age": maxAge = try reader.readInteger()
        case "duplicate_window": duplicateWindow = try reader.readInteger()
        case "max_consumers": maxConsumers = try reader.readInteger()
        case "persist_mode": persistence = try reader.readString()
        case "consumer_limits": try takeConsumerLimits(&reader)
        default: try takeFlag(name, &reader)
        }
    }

    private mutating func takeConsumerLimits(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.kind() == .object else { return try reader.skipValue() }
        var members = try reader.beginObject()
        while let name = try reader.nextMember(of: &members) {
            switch name {
            case "inactive_threshold": consumerSilence = try reader.readInteger()
            case "max_ack_pending": consumerPending = try reader.readInteger()
            default: try reader.skipValue()
            }
        }
    }

    private mutating func takeFlag(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "allow_direct": allowsDirect = try reader.readBool()
        case "deny_delete": deniesDelete = try reader.readBool()
        case "deny_purge": deniesPurge = try reader.readBool()
        case "sealed": isSealed = try reader.readBool()
        case "no_ack": hasNoAcks = try reader.readBool()
        case "mirror": isFed = try reader.readIsThere() || isFed
        case "sources": isFed = try reader.readIsThere() || isFed
        case "subject_transform": hasTransform = try reader.readIsThere()
        case "republish": isRepublished = try reader.readIsThere()
        case "allow_msg_counter": isCounter = try reader.readBool()
        default: try reader.skipValue()
        }
    }
}

extension JSONReader {
    /// Passes over a value, and says whether it is anything but null.
    fileprivate mutating func readIsThere() throws(JSONError) -> Bool {
        let isThere = try kind() != .null
        try skipValue()
        return isThere
    }
}
