// What a node tells the others of its streams: names whose counts have changed, or, when somebody asks, all. It goes by
// NATS beside the log and is kept by nobody; whoever may write to the cluster's subjects can say anything.

internal import StrictJSON

/// One message of a node's.
struct PresenceNews: Sendable, Equatable {
    /// The digits of its name, which is new with each start.
    var node: String
    /// One more than in the message before: a hole says that something was missed.
    var sequence: UInt64
    /// How many streams it has.
    var streams: Int
    /// Whether it begins to tell all of its names, and whether that ends here.
    var begins = false
    var ends = false
    /// Names with what they have now; 0 for one that has none any more.
    var users: [CountedNames.Entry] = []
    var topics: [CountedNames.Entry] = []
    /// Who has streams of a topic that presence is told of, and who has none any more.
    var there: [AttendedPair] = []
    var gone: [AttendedPair] = []
    /// Whether it has streams that it does not count for that; nothing where it counts none, or is of a version that
    /// does not say it.
    var hidesUsers: Bool?
    /// Nodes that it has to hear all names of.
    var wants: [String] = []
    /// Whether it stops.
    var leaves = false

    /// The form's number. A message with another one is another version's, and not read.
    static let version: Int64 = 1
    /// A name that is longer is none (``UserName``, ``GrantPatterns``): what would be kept of it is bounded.
    static let longestName = 1024
    static let mostWants = 64

    init(node: String, sequence: UInt64, streams: Int) {
        (self.node, self.sequence, self.streams) = (node, sequence, streams)
    }

    /// As JSON.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 128 + 48 * (users.count + topics.count))
        writer.object { members in
            members.integer("v", Self.version)
            members.string("presence", node)
            members.integer("sequence", Int64(clamping: sequence))
            members.integer("streams", Int64(streams))
            if begins { members.bool("begins", true) }
            if ends { members.bool("ends", true) }
            if !users.isEmpty { members.raw("users", Self.json(users)) }
            if !topics.isEmpty { members.raw("topics", Self.json(topics)) }
            if !there.isEmpty { members.raw("there", Self.json(there)) }
            if !gone.isEmpty { members.raw("gone", Self.json(gone)) }
            if let hidesUsers { members.bool("hides", hidesUsers) }
            if !wants.isEmpty { members.strings("wants", wants) }
            if leaves { members.bool("leaves", true) }
        }
        return writer.bytes
    }

    private static func json(_ entries: [CountedNames.Entry]) -> [UInt8] {
        var writer = JSONWriter(capacity: 48 * entries.count)
        writer.array(entries) { entry, members in
            members.string("n", entry.name)
            members.integer("s", Int64(entry.streams))
        }
        return writer.bytes
    }

    /// By topic: each is named once.
    private static func json(_ pairs: [AttendedPair]) -> [UInt8] {
        var writer = JSONWriter(capacity: 32 * pairs.count)
        writer.array(Dictionary(grouping: pairs, by: \.topic)) { topic, members in
            members.string("t", topic.key)
            members.strings("u", topic.value.map(\.user))
        }
        return writer.bytes
    }
}

extension PresenceNews {
    /// Reads what another node has written. Members that a later version adds are passed over.
    init(_ reader: inout JSONReader) throws(JSONError) {
        self.init(node: "", sequence: 0, streams: 0)
        var members = try reader.beginObject()
        while let name = try reader.nextMember(of: &members) { try take(name, &reader) }
    }

    private mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "presence": node = try reader.readString()
        case "sequence": sequence = UInt64(clamping: try reader.readNumber().int64())
        case "streams": streams = Self.count(try reader.readNumber().int64())
        case "begins": begins = try reader.readBool()
        case "ends": ends = try reader.readBool()
        case "users": users = try Self.entries(&reader)
        case "topics": topics = try Self.entries(&reader)
        case "there": there = try Self.pairs(&reader)
        case "gone": gone = try Self.pairs(&reader)
        case "hides": hidesUsers = try reader.readBool()
        case "wants": wants = try Self.names(&reader)
        case "leaves": leaves = try reader.readBool()
        default: try reader.skipValue()
        }
    }

    /// Sums of many nodes' counts must not overflow, whatever they say.
    private static func count(_ number: Int64) -> Int { Int(min(max(number, 0), Int64(UInt32.max))) }

    private static func entries(_ reader: inout JSONReader) throws(JSONError) -> [CountedNames.Entry] {
        var (entries, elements) = ([CountedNames.Entry](), try reader.beginArray())
        while try reader.nextElement(of: &elements) {
            var (name, streams, members) = ("", 0, try reader.beginObject())
            while let member = try reader.nextMember(of: &members) {
                switch member {
                case "n": name = try reader.readString()
                case "s": streams = count(try reader.readNumber().int64())
                default: try reader.skipValue()
                }
            }
            if isName(name) { entries.append(CountedNames.Entry(name: name, streams: streams)) }
        }
        return entries
    }

    private static func isName(_ text: String) -> Bool { (1...longestName).contains(text.utf8.count) }

    private static func pairs(_ reader: inout JSONReader) throws(JSONError) -> [AttendedPair] {
        var (pairs, elements) = ([AttendedPair](), try reader.beginArray())
        while try reader.nextElement(of: &elements) {
            var (topic, users, members) = ("", [String](), try reader.beginObject())
            while let member = try reader.nextMember(of: &members) {
                switch member {
                case "t": topic = try reader.readString()
                case "u": users = try names(&reader, limit: .max)
                default: try reader.skipValue()
                }
            }
            if isName(topic) { pairs += users.filter(isName).map { AttendedPair(topic, $0) } }
        }
        return pairs
    }

    private static func names(
        _ reader: inout JSONReader, limit: Int = mostWants
    ) throws(JSONError) -> [String] {
        var (names, elements) = ([String](), try reader.beginArray())
        while try reader.nextElement(of: &elements) {
            let name = try reader.readString()
            if names.count < limit { names.append(name) }
        }
        return names
    }
}
