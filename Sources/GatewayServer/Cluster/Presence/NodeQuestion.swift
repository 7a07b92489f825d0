// What a node asks the others while an administrator waits, and what they answer. Not kept by anybody.

internal import EventHub
internal import GatewayRules
internal import StrictJSON

/// Which of a user's streams each node has.
struct NodeQuestion: Sendable, Equatable {
    /// Tells it from others.
    var number: UInt64 = 0
    /// The digits of the node that asks.
    var asker = ""
    var user = ""
    /// Nodes before this one are not asked.
    var firstNode = ""
    /// The first node tells what is behind this stream.
    var after: StreamName?
    var limit = 0

    var json: [UInt8] {
        var writer = JSONWriter(capacity: 192)
        writer.object { members in
            members.integer("v", PresenceNews.version)
            members.string("question", String(number, radix: 16))
            members.string("asker", asker)
            members.string("user", user)
            members.string("first", firstNode)
            if let after { members.string("after", "\(after)") }
            members.integer("limit", Int64(limit))
        }
        return writer.bytes
    }

    init() {}

    /// Reads what another node has written.
    init(_ reader: inout JSONReader) throws(JSONError) {
        var members = try reader.beginObject()
        while let name = try reader.nextMember(of: &members) {
            switch name {
            case "question": number = UInt64(try reader.readString(), radix: 16) ?? 0
            case "asker": asker = try reader.readString()
            case "user": user = try reader.readString()
            case "first": firstNode = try reader.readString()
            case "after": after = StreamName(try reader.readString())
            case "limit": limit = Int(clamping: try reader.readNumber().int64())
            default: try reader.skipValue()
            }
        }
    }
}

/// One node's answer: to a ``NodeQuestion``, or to an order to end streams.
struct NodeAnswer: Sendable, Equatable {
    var number: UInt64 = 0
    /// The digits of the node that answers.
    var node = ""
    /// How many streams have ended.
    var ended = 0
    var streams: [ClusterStream] = []
    /// Whether it has streams behind these that did not fit.
    var isCut = false

    /// A message of NATS has a megabyte.
    static let longest = 256 << 10
    static let mostStreams = 1000

    init() {}

    var json: [UInt8] {
        var writer = JSONWriter(capacity: 128 + streams.reduce(0) { $0 + $1.json.count + 1 })
        writer.object { members in
            members.integer("v", PresenceNews.version)
            members.string("answer", String(number, radix: 16))
            members.string("node", node)
            members.integer("ended", Int64(ended))
            let objects = streams.map(\.json).joined(separator: [UInt8(ascii: ",")])
            members.raw("streams", [UInt8(ascii: "[")] + objects + [UInt8(ascii: "]")])
            if isCut { members.bool("cut", true) }
        }
        return writer.bytes
    }

    /// Reads what another node has written.
    init(_ reader: inout JSONReader) throws(JSONError) {
        var members = try reader.beginObject()
        while let name = try reader.nextMember(of: &members) {
            switch name {
            case "answer": number = UInt64(try reader.readString(), radix: 16) ?? 0
            case "node": node = try reader.readString()
            case "ended": ended = Int(UInt32(clamping: try reader.readNumber().int64()))
            case "streams": streams = try Self.streams(&reader)
            case "cut": isCut = try reader.readBool()
            default: try reader.skipValue()
            }
        }
        for index in streams.indices { streams[index].node = node }
    }

    private static func streams(_ reader: inout JSONReader) throws(JSONError) -> [ClusterStream] {
        var (streams, elements) = ([ClusterStream](), try reader.beginArray())
        while try reader.nextElement(of: &elements) {
            let json = Array(try reader.readRaw())
            if streams.count < mostStreams, let stream = try ClusterStream(json: json) { streams.append(stream) }
        }
        return streams
    }
}

extension ClusterStream {
    /// A stream of this node.
    init(_ facts: StreamFacts, at node: String) {
        var writer = JSONWriter(capacity: 256)
        writer.object { members in
            facts.write(to: &members)
            members.string("node", node)
        }
        self.init(node: node, name: StreamName(facts.name) ?? StreamName(shard: 0, number: 0), json: writer.bytes)
    }

    /// One that another node tells of; nothing when it has no name.
    fileprivate init?(json: [UInt8]) throws(JSONError) {
        var (reader, found) = (try JSONReader(json), StreamName?.none)
        guard try reader.kind() == .object else { return nil }
        var members = try reader.beginObject()
        while let name = try reader.nextMember(of: &members) {
            if name == "stream", try reader.kind() == .string {
                found = StreamName(try reader.readString())
            } else {
                try reader.skipValue()
            }
        }
        guard let found else { return nil }
        self.init(node: "", name: found, json: json)
    }
}

/// What may come on the cluster's subjects.
enum NodeMessage: Sendable, Equatable {
    case presence(PresenceNews)
    case question(NodeQuestion)
    case answer(NodeAnswer)

    /// - Returns: nothing when this version has not written it.
    init?(json: [UInt8]) {
        do throws(JSONError) {
            guard let message = try Self.read(json) else { return nil }
            self = message
        } catch {
            return nil
        }
    }

    private static func read(_ json: [UInt8]) throws(JSONError) -> NodeMessage? {
        guard let kind = try kind(of: json) else { return nil }
        var reader = try JSONReader(json)
        let message: NodeMessage =
            switch kind {
            case "presence": .presence(try PresenceNews(&reader))
            case "question": .question(try NodeQuestion(&reader))
            default: .answer(try NodeAnswer(&reader))
            }
        try reader.finish()
        return message
    }

    /// The first member that says it; the version stands before it.
    private static func kind(of json: [UInt8]) throws(JSONError) -> String? {
        var reader = try JSONReader(json)
        var members = try reader.beginObject()
        while let name = try reader.nextMember(of: &members) {
            switch name {
            case "v": guard try reader.readNumber().int64() == PresenceNews.version else { return nil }
            case "presence", "question", "answer": return name
            default: try reader.skipValue()
            }
        }
        return nil
    }
}
