// What this node tells the others of its streams, and when. A value; the time is passed in.

internal import EventHub
internal import NIOCore

/// A node's own counts, and what of them the others have not been told.
struct PresenceTeller: Sendable {
    private(set) var users = CountedNames()
    private(set) var topics = CountedNames()
    /// Who is in a topic that presence is told of.
    private(set) var there = AttendedPairs()
    private let node: String
    private var sequence: UInt64 = 0
    private var streams = 0
    private var changes: [PresenceChange] = []
    /// Of one that has gone and come, or come and gone, the last word.
    private var attendance: [AttendedPair: Bool] = [:]
    private var generation: UInt32?
    private var hidesUsers: Bool?
    /// The next part of the names to tell, while all are told.
    private var part: Int?
    /// Somebody has missed something; and the first word says all.
    private var isAsked = true
    private var toldAt: NIODeadline?
    private var toldAllAt: NIODeadline?

    /// How many bytes of names one message has, about, and how many of those that are told for whoever has missed some
    /// go out at each look.
    static let (messageBytes, bytesAtOnce) = (24 << 10, 256 << 10)
    /// Without anything new, so often.
    static let interval = TimeAmount.seconds(1)
    /// Whoever asks, all names are told no sooner than this behind the last time.
    static let pause = TimeAmount.seconds(2)

    init(node: String) { self.node = node }

    /// Counts have changed.
    mutating func take(_ changes: [PresenceChange]) {
        for change in changes {
            switch change.kind {
            case .user: users.set(change.name, to: change.streams)
            case .topic: topics.set(change.name, to: change.streams)
            }
        }
        self.changes += changes
    }

    /// Users have come or gone in topics that presence is told of.
    mutating func take(_ notes: AttendanceNotes) {
        if let generation, generation != notes.generation {
            // With other settings all come again.
            for pair in there.all { attendance[pair] = false }
            there = AttendedPairs()
        }
        (generation, hidesUsers) = (notes.generation, notes.hidesUsers)
        for change in notes.changes {
            let pair = AttendedPair(change.topic, change.user)
            if change.isThere ? there.insert(pair) : there.remove(pair) { attendance[pair] = change.isThere }
        }
    }

    /// Somebody has missed something.
    mutating func wanted() { isAsked = true }

    /// What is to be told now, in this order.
    ///
    /// - Parameters:
    ///   - streams: how many there are.
    ///   - wants: the nodes that this one has missed something of.
    mutating func next(at now: NIODeadline, streams: Int, wants: [String]) -> [PresenceNews] {
        self.streams = streams
        var builder = Builder(teller: self)
        for change in changes { builder.add(change.kind, change.name, change.streams) }
        for (pair, isThere) in attendance { builder.add(pair, isThere: isThere) }
        (changes, attendance) = ([], [:])
        tellAll(at: now, &builder)
        let isDue = toldAt.map { $0 + Self.interval <= now } ?? true
        if !wants.isEmpty || isDue && builder.isEmpty { builder.current.wants = wants; builder.isNeeded = true }
        let news = builder.finish()
        sequence += UInt64(news.count)
        if !news.isEmpty { toldAt = now }
        return news
    }

    private mutating func tellAll(at now: NIODeadline, _ builder: inout Builder) {
        if part == nil, isAsked, toldAllAt.map({ $0 + Self.pause <= now }) ?? true {
            builder.flush()
            builder.current.begins = true
            builder.isNeeded = true
            (part, isAsked) = (0, false)
        }
        guard var next = part else { return }
        let end = builder.bytes + Self.bytesAtOnce
        while next < CountedNames.partCount, builder.bytes < end {
            for entry in users.entries(ofPart: next) { builder.add(.user, entry.name, entry.streams) }
            for entry in topics.entries(ofPart: next) { builder.add(.topic, entry.name, entry.streams) }
            for pair in there.pairs(ofPart: next) { builder.add(pair, isThere: true) }
            next += 1
        }
        part = next
        guard next == CountedNames.partCount else { return }
        (part, toldAllAt) = (nil, now)
        builder.current.ends = true
        builder.isNeeded = true
        builder.flush()
    }

    /// The last word.
    mutating func farewell() -> PresenceNews {
        sequence += 1
        var news = PresenceNews(node: node, sequence: sequence, streams: 0)
        news.leaves = true
        return news
    }

    /// Puts names into messages.
    private struct Builder {
        private var finished: [PresenceNews] = []
        var current: PresenceNews
        /// Whether the message is sent although it has no names.
        var isNeeded = false
        /// Of all names.
        private(set) var bytes = 0
        private var currentBytes = 0

        init(teller: PresenceTeller) {
            current = PresenceNews(node: teller.node, sequence: teller.sequence + 1, streams: teller.streams)
            current.hidesUsers = teller.hidesUsers
        }

        var isEmpty: Bool { finished.isEmpty && currentBytes == 0 && !isNeeded }

        mutating func add(_ kind: PresenceChange.Kind, _ name: String, _ streams: Int) {
            let entry = CountedNames.Entry(name: name, streams: streams)
            switch kind {
            case .user: current.users.append(entry)
            case .topic: current.topics.append(entry)
            }
            spend(name.utf8.count + 16)
        }

        mutating func add(_ pair: AttendedPair, isThere: Bool) {
            if isThere { current.there.append(pair) } else { current.gone.append(pair) }
            // At worst each is of a topic of its own.
            spend(pair.user.utf8.count + pair.topic.utf8.count + 16)
        }

        private mutating func spend(_ cost: Int) {
            (bytes, currentBytes) = (bytes + cost, currentBytes + cost)
            if currentBytes >= PresenceTeller.messageBytes { flush() }
        }

        mutating func flush() {
            guard isNeeded || currentBytes > 0 else { return }
            finished.append(current)
            let hidesUsers = current.hidesUsers
            current = PresenceNews(node: current.node, sequence: current.sequence + 1, streams: current.streams)
            current.hidesUsers = hidesUsers
            (isNeeded, currentBytes) = (false, 0)
        }

        mutating func finish() -> [PresenceNews] {
            flush()
            return finished
        }
    }
}
