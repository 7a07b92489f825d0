// What other nodes have told of their streams. A value; the time is passed in.
//
// A node's messages are numbered. Where one is missing, what is known of that node stays as it is, and the node is
// asked for all of its names; those that it does not name then are gone. A count is always the whole count, so that a
// name may be told twice, or in two messages.

internal import EventHub
internal import EventLog
internal import NIOCore

/// The streams of the other nodes, by name.
struct NodePresence: Sendable {
    fileprivate struct Node {
        var users = CountedNames()
        var topics = CountedNames()
        var there = AttendedPairs()
        var hidesUsers: Bool?
        var streams = 0
        var next: UInt64
        var heard: NIODeadline
        var askedAt: NIODeadline?
        var standing = Standing.lacking
        var pass: UInt32 = 0
        /// Whether there was no room for some of its names.
        var isCut = false

        var bytes: Int { users.bytes + topics.bytes + there.bytes + there.bookBytes }
    }

    fileprivate enum Standing {
        /// Something was missed.
        case lacking
        /// It tells all of its names.
        case filling
        case whole
    }

    private var nodes: [String: Node] = [:]
    private let own: String
    private let byteLimit: Int
    /// What it takes up.
    private(set) var bytes = 0
    /// Who has come and gone in topics, for the hub: one node's coming and going, however many there are.
    private var changes: [AttendanceChange] = []
    /// When this node was cut off last: others may have told something since that it did not hear.
    private var cutOffAt: NIODeadline?

    /// What a node that has told nothing for this long had is forgotten.
    static let lifetime = TimeAmount.seconds(8)
    /// A node that has told nothing for this long counts in no limit: its users are on their way to others.
    static let vigour = TimeAmount.seconds(3)
    /// A node is asked again for all of its names behind this time.
    static let patience = TimeAmount.seconds(2)
    /// More nodes than these are not kept.
    static let most = 1024
    private static let nodeBytes = 16 << 10

    /// - Parameters:
    ///   - own: the digits of this node's name.
    ///   - byteLimit: `log.jetstream.presence_bytes`.
    init(own: String, byteLimit: Int) { (self.own, self.byteLimit) = (own, byteLimit) }

    /// A node has told something.
    mutating func hear(_ news: PresenceNews, at now: NIODeadline) {
        guard NodeName.isDigits(news.node), news.node != own else { return }
        guard !news.leaves else { return forget(news.node) }
        if nodes[news.node] == nil {
            guard nodes.count < Self.most, bytes + Self.nodeBytes <= byteLimit else { return }
            nodes[news.node] = Node(next: news.sequence, heard: now)
            bytes += Self.nodeBytes
        }
        let room = byteLimit - bytes
        bytes += nodes[news.node]?.take(news, at: now, room: room, &changes) ?? 0
    }

    private mutating func forget(_ name: String) {
        guard let node = nodes.removeValue(forKey: name) else { return }
        bytes -= node.bytes + Self.nodeBytes
        changes += node.there.all.map { $0.change(isThere: false) }
    }

    /// Forgets nodes that are gone. While this node hears nobody, it can't know who is.
    mutating func forget(at now: NIODeadline, isConnected: Bool = true) {
        if !isConnected { cutOffAt = now }
        for (name, node) in nodes where max(node.heard, cutOffAt ?? node.heard) + Self.lifetime <= now { forget(name) }
    }

    /// The nodes that have to be asked for all of their names now.
    mutating func wants(at now: NIODeadline) -> [String] {
        // Room for a name may have come since there was none.
        let hasRoom = bytes < byteLimit / 4 * 3
        let wanted = nodes.filter { _, node in
            let isDue = node.askedAt.map { $0 + Self.patience <= now } ?? true
            return isDue && (node.standing == .lacking || node.standing == .whole && node.isCut && hasRoom)
        }.keys.sorted().prefix(PresenceNews.mostWants)
        for name in wanted {
            nodes[name]?.askedAt = now
            nodes[name]?.standing = .lacking
        }
        return Array(wanted)
    }

    // MARK: Who is in a topic

    /// Takes out who has come and gone since the last time.
    mutating func takeChanges() -> [AttendanceChange] {
        defer { changes = [] }
        return changes
    }

    /// All who are there, each once for each node.
    var attendance: [AttendanceChange] {
        nodes.values.flatMap { $0.there.all.map { $0.change(isThere: true) } }
    }

    /// What the hub takes up for them, about.
    var bookBytes: Int { nodes.values.reduce(0) { $0 + $1.there.bookBytes } }

    /// Whether some node may have users in a topic of whom it has not told.
    var hidesUsers: Bool { isIncomplete || nodes.values.contains { $0.streams > 0 && $0.hidesUsers != false } }

    // MARK: What is known

    /// The nodes that are heard.
    var names: Set<String> { Set(nodes.keys) }

    /// Whether some node's names are not all known.
    var isIncomplete: Bool { nodes.values.contains { $0.standing != .whole || $0.isCut } }

    /// How many streams an event is for at other nodes.
    func streamCount(for audience: Audience) -> Int {
        nodes.values.reduce(0) { sum, node in
            switch audience {
            case .user(let user): sum + node.users[user]
            case .users(let names): names.reduce(sum) { $0 + node.users[$1] }
            case .topic(let topic): sum + node.topics[topic]
            case .everyone: sum + node.streams
            }
        }
    }

    /// How many streams a user has at other nodes that are well.
    func streamCount(ofUser user: String, at now: NIODeadline) -> Int {
        nodes.values.reduce(0) { $1.heard + Self.vigour > now ? $0 + $1.users[user] : $0 }
    }

    /// What each node has of users.
    var users: [CountedNames] { nodes.values.map(\.users) }
}

extension NodePresence.Node {
    /// - Returns: how many bytes more there are.
    fileprivate mutating func take(
        _ news: PresenceNews, at now: NIODeadline, room: Int, _ changes: inout [AttendanceChange]
    ) -> Int {
        let before = bytes
        if news.sequence != next { standing = .lacking }
        next = news.sequence &+ 1
        (heard, streams, hidesUsers) = (now, news.streams, news.hidesUsers)
        if news.begins, standing != .whole {
            (standing, isCut) = (.filling, false)
            pass &+= 1
        }
        let limit = before + room
        for entry in news.users { Self.set(entry, in: &users, pass, limit - bytes + users.bytes, &isCut) }
        for entry in news.topics { Self.set(entry, in: &topics, pass, limit - bytes + topics.bytes, &isCut) }
        // A pass that ends names again who has not gone meanwhile.
        for pair in news.gone where there.remove(pair) { changes.append(pair.change(isThere: false)) }
        for pair in news.there where enter(pair, limit) { changes.append(pair.change(isThere: true)) }
        if news.ends, standing == .filling {
            standing = .whole
            users.drop(allBut: pass)
            topics.drop(allBut: pass)
            changes += there.drop(allBut: pass).map { $0.change(isThere: false) }
        }
        return bytes - before
    }

    /// - Returns: whether it was not there, and there is room for it.
    private mutating func enter(_ pair: AttendedPair, _ limit: Int) -> Bool {
        if !there.contains(pair) {
            let cost = AttendedPairs.cost(of: pair, isNewTopic: !there.hasTopic(pair.topic))
            guard bytes + cost.here + cost.book <= limit else {
                isCut = true
                return false
            }
        }
        return there.insert(pair, pass: pass)
    }

    private static func set(
        _ entry: CountedNames.Entry, in names: inout CountedNames, _ pass: UInt32, _ limit: Int, _ isCut: inout Bool
    ) {
        let isNew = entry.streams > 0 && names[entry.name] == 0
        guard !isNew || names.bytes + CountedNames.cost(of: entry.name) <= limit else { return isCut = true }
        names.set(entry.name, to: entry.streams, pass: pass)
    }
}
