// Who is in a topic, over several nodes: a page at any of them has it right in the end, whatever the network loses and
// whichever node dies; and who moves from one to another has not been away.

import EventLog
import NIOCore
import SeededRandom
import Testing

@testable import EventHub
@testable import GatewayServer

@Suite struct AttendanceOverNodesTests {
    @Test func `whatever is lost, whoever dies, each page has it right in the end`() {
        var random = SeededGenerator(test: "attendance over nodes")
        for _ in 0..<12 {
            var cluster = AttendanceCluster(nodes: 3)
            for _ in 0..<150 { cluster.step(using: &random) }
            cluster.settle(using: &random)
            cluster.checkPages()
            cluster.leave()
            cluster.settle(using: &random)
            cluster.checkEmpty()
        }
    }

    /// From node to node, away for up to four seconds each time: less than the five of the debounce.
    @Test func `who moves from node to node is neither told as gone nor as come`() {
        var random = SeededGenerator(test: "moves")
        var cluster = AttendanceCluster(nodes: 3)
        for node in 0..<3 { cluster.enter("stays \(node)", "t", at: node) }
        cluster.enter("moves", "t", at: 0)
        cluster.settle(using: &random)
        for move in 1...20 {
            cluster.leave("moves", "t", at: (move - 1) % 3)
            cluster.pass(seconds: Double(move % 5), loss: 0, using: &random)
            cluster.enter("moves", "t", at: move % 3)
            cluster.pass(seconds: 7, loss: 0, using: &random)
        }
        #expect(cluster.told.isEmpty, "\(cluster.told)")
        cluster.checkPages()
    }

    /// As in a rolling restart: the node says that it stops when its streams are elsewhere.
    @Test(arguments: [true, false])
    func `a node that stops takes along nobody who has moved, and who has gone with it goes in time`(isKilled: Bool) {
        var random = SeededGenerator(test: "restart \(isKilled)")
        var cluster = AttendanceCluster(nodes: 3)
        for node in 0..<3 { for user in 0..<4 { cluster.enter("\(node) \(user)", "t", at: node) } }
        cluster.settle(using: &random)
        cluster.end(1, isKilled: isKilled)
        // Three find another node; the fourth does not come back.
        cluster.pass(seconds: 2, loss: 0, using: &random)
        for user in 0..<3 { cluster.enter("1 \(user)", "t", at: [0, 2, 0][user]) }
        cluster.pass(seconds: 13, loss: 0, using: &random)
        #expect(cluster.told.allSatisfy { $0.joined.isEmpty && $0.left == ["1 3"] }, "\(cluster.told)")
        #expect(Set(cluster.told.map(\.node)) == [0, 2])
        cluster.checkPages()
    }

    /// While a node hears nobody it can't know who is gone, and tells nobody so.
    @Test func `a node that is cut off keeps what it knew, and hears the rest when it is back`() {
        var random = SeededGenerator(test: "cut off")
        var cluster = AttendanceCluster(nodes: 3)
        for node in 0..<3 { cluster.enter("user \(node)", "t", at: node) }
        cluster.settle(using: &random)
        cluster.cutOff = 0
        cluster.pass(seconds: 60, loss: 0, using: &random)
        #expect(!cluster.told.contains { $0.node == 0 })
        #expect(cluster.told.allSatisfy { $0.left == ["user 0"] }, "the others can't tell it from one that died")
        cluster.cutOff = nil
        cluster.leave("user 1", "t", at: 1)
        cluster.settle(using: &random)
        cluster.checkPages()
    }

    @Test func `other settings begin anew at each node by itself`() {
        var random = SeededGenerator(test: "other settings")
        var cluster = AttendanceCluster(nodes: 2)
        for node in 0..<2 { for topic in ["t", "u"] { cluster.enter("user \(node)", topic, at: node) } }
        cluster.settle(using: &random)
        cluster.adopt(["t"], at: 0)
        cluster.settle(using: &random)
        #expect(cluster.members(of: "t", at: 0) == ["user 0", "user 1"])
        #expect(cluster.members(of: "u", at: 0) == nil)
        #expect(cluster.members(of: "u", at: 1) == ["user 1"], "the first says no more of it")
        cluster.adopt(["t", "u"], at: 0)
        cluster.settle(using: &random)
        cluster.checkPages()
    }

    /// An older node says nothing of it: that users may be missing is told.
    @Test func `a node of an older version has users whom nobody names`() {
        var book = NodePresence(own: AttendanceCluster.digits(0), byteLimit: 1 << 20)
        var news = PresenceNews(node: AttendanceCluster.digits(1), sequence: 1, streams: 3)
        (news.begins, news.ends) = (true, true)
        book.hear(news, at: AttendanceCluster.start)
        #expect(!book.isIncomplete && book.hidesUsers)
        (news.sequence, news.hidesUsers) = (2, false)
        book.hear(news, at: AttendanceCluster.start)
        #expect(!book.hidesUsers)
        (news.sequence, news.hidesUsers) = (3, true)
        book.hear(news, at: AttendanceCluster.start)
        #expect(book.hidesUsers)
    }

    @Test func `what other nodes have is bounded, and what has no room is told as missing`() {
        var book = NodePresence(own: AttendanceCluster.digits(0), byteLimit: 256 << 10)
        var news = PresenceNews(node: AttendanceCluster.digits(1), sequence: 1, streams: 2000)
        (news.begins, news.ends, news.hidesUsers) = (true, true, false)
        news.there = (0..<2000).map { AttendedPair("room \($0 % 50)", "user \($0)") }
        book.hear(news, at: AttendanceCluster.start)
        let taken = book.takeChanges().count
        #expect(book.bytes <= 256 << 10 && book.hidesUsers && (100..<2000).contains(taken))
        #expect(book.bookBytes > taken * 288, "what the hub needs for them is counted, too")
        var farewell = PresenceNews(node: news.node, sequence: 2, streams: 0)
        farewell.leaves = true
        book.hear(farewell, at: AttendanceCluster.start)
        #expect(book.takeChanges().count == taken && book.bytes == 0 && book.bookBytes == 0)
    }
}

/// Nodes over a network, each with the values that it tells and hears with, and one page for each node and topic.
private struct AttendanceCluster {
    struct Told: Equatable {
        let node: Int
        let topic: String
        let joined: [String]
        let left: [String]
    }

    private struct Node {
        let name: String
        var teller: PresenceTeller
        var presence: NodePresence
        var book: AttendanceBook
        var table = AttendanceTable(places: 1)
        var told: UInt32?
        var streams: [String: [String: Int]] = [:]
        var pages: [String: Set<String>] = [:]
        var isRunning = true
        /// When the book tells for the first time.
        var opensAt: NIODeadline

        init(_ number: Int, now: NIODeadline) {
            name = AttendanceCluster.digits(number)
            teller = PresenceTeller(node: name)
            presence = NodePresence(own: name, byteLimit: 1 << 20)
            book = Self.book(AttendanceCluster.topics, 1, now)
            opensAt = now + .seconds(5)
        }

        static func book(_ topics: [String], _ generation: UInt32, _ now: NIODeadline) -> AttendanceBook {
            let settings = PresenceSettings(
                topics: PresenceTopics(patterns: topics) { topics.contains($0) }, debounce: .seconds(5), members: 100,
                bytes: 1 << 20)
            return AttendanceBook(settings, generation: generation, places: 1, isShared: true, now: now)
        }
    }

    static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    static let topics = ["t", "u", "v"]
    private var nodes: [Node]
    private var started: Int
    private var now = start
    /// A node that hears and is heard by nobody.
    var cutOff: Int?
    /// Changes that pages were told since the cluster had settled last.
    private(set) var told: [Told] = []

    init(nodes count: Int) { (nodes, started) = ((1...count).map { Node($0, now: Self.start) }, count) }

    static func digits(_ number: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    // MARK: Moves

    mutating func enter(_ user: String, _ topic: String, at node: Int) {
        nodes[node].streams[topic, default: [:]][user, default: 0] += 1
        if nodes[node].book.settings.topics.matches(topic) { nodes[node].table.enter(user, topic) }
    }

    mutating func leave(_ user: String, _ topic: String, at node: Int) {
        guard let count = nodes[node].streams[topic]?[user] else { return }
        nodes[node].streams[topic]?[user] = count == 1 ? nil : count - 1
        if nodes[node].streams[topic]?.isEmpty == true {
            nodes[node].streams[topic] = nil
            nodes[node].pages[topic] = nil
        }
        if nodes[node].book.settings.topics.matches(topic) { nodes[node].table.leave(user, topic) }
    }

    mutating func leave() {
        for node in nodes.indices {
            for (topic, users) in nodes[node].streams {
                for (user, count) in users { for _ in 0..<count { leave(user, topic, at: node) } }
            }
        }
    }

    /// A node ends for good, and its streams with it.
    mutating func end(_ node: Int, isKilled: Bool) {
        nodes[node].isRunning = false
        (nodes[node].streams, nodes[node].pages) = ([:], [:])
        guard !isKilled else { return }
        let farewell = nodes[node].teller.farewell()
        for other in nodes.indices where nodes[other].isRunning { hear(farewell, at: other) }
    }

    mutating func adopt(_ topics: [String], at node: Int) {
        let generation = nodes[node].book.generation + 1
        nodes[node].book = Node.book(topics, generation, now)
        nodes[node].table = AttendanceTable(places: 1)
        nodes[node].pages = [:]
        nodes[node].opensAt = now + .seconds(5)
        for (topic, users) in nodes[node].streams where topics.contains(topic) {
            for (user, count) in users { for _ in 0..<count { nodes[node].table.enter(user, topic) } }
        }
    }

    mutating func step(using random: inout SeededGenerator) {
        let node = Int.random(in: 0..<nodes.count, using: &random)
        if Int.random(in: 0..<60, using: &random) == 0 {
            end(node, isKilled: Bool.random(using: &random))
            started += 1
            nodes[node] = Node(started, now: now)
        }
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let user = "user \(Int.random(in: 0..<8, using: &random))"
            let topic = Self.topics[Int.random(in: 0..<3, using: &random)]
            if Int.random(in: 0..<5, using: &random) < 3 {
                enter(user, topic, at: node)
            } else {
                leave(user, topic, at: node)
            }
        }
        pass(seconds: 0.25, loss: 0.1, using: &random)
    }

    /// Nothing happens, and nothing is lost.
    mutating func settle(using random: inout SeededGenerator) {
        pass(seconds: 30, loss: 0, using: &random)
        told = []
    }

    mutating func pass(seconds: Double, loss: Double, using random: inout SeededGenerator) {
        for _ in 0..<Int(seconds * 4) {
            now = now + .milliseconds(250)
            for node in nodes.indices where nodes[node].isRunning { tell(node, loss, using: &random) }
            for node in nodes.indices where nodes[node].isRunning { lookIn(node) }
        }
    }

    // MARK: What a gateway does

    private mutating func tell(_ node: Int, _ loss: Double, using random: inout SeededGenerator) {
        let notes = AttendanceNotes(
            generation: nodes[node].book.generation, changes: nodes[node].book.takeChanges(limit: 1000),
            hidesUsers: false)
        nodes[node].teller.take(notes)
        nodes[node].presence.forget(at: now, isConnected: node != cutOff)
        passOn(at: node)
        let wants = nodes[node].presence.wants(at: now)
        for news in nodes[node].teller.next(at: now, streams: 1, wants: wants) where node != cutOff {
            for other in nodes.indices where other != node && other != cutOff && nodes[other].isRunning {
                if Double.random(in: 0..<1, using: &random) >= loss { hear(news, at: other) }
            }
        }
    }

    private mutating func hear(_ news: PresenceNews, at node: Int) {
        guard case .presence(let heard)? = NodeMessage(json: news.json) else {
            Issue.record("a message that can't be read")
            return
        }
        nodes[node].presence.hear(heard, at: now)
        passOn(at: node)
        if heard.wants.contains(nodes[node].name) { nodes[node].teller.wanted() }
    }

    private mutating func passOn(at node: Int) {
        let changes = nodes[node].presence.takeChanges()
        let isNew = nodes[node].told != nodes[node].book.generation
        nodes[node].told = nodes[node].book.generation
        nodes[node].book.hear(
            isNew ? nodes[node].presence.attendance : changes, isIncomplete: nodes[node].presence.hidesUsers, now: now)
    }

    private mutating func lookIn(_ node: Int) {
        let changes = nodes[node].table.takeChanges(limit: 1000)
        let topics = nodes[node].streams.keys.filter { nodes[node].pages[$0] == nil }
        let report = AttendanceReport(changes: changes, wanted: now < nodes[node].opensAt ? [] : Array(topics))
        let answer = nodes[node].book.exchange(report, at: 0, now: now)
        for news in answer.news + answer.wholes where nodes[node].streams[news.topic] != nil { take(news, at: node) }
    }

    private mutating func take(_ news: AttendanceNews, at node: Int) {
        if let change = news.change, let known = nodes[node].pages[news.topic] {
            told.append(Told(node: node, topic: news.topic, joined: change.joined, left: change.left))
            nodes[node].pages[news.topic] = known.union(change.joined).subtracting(change.left)
        } else {
            nodes[node].pages[news.topic] = news.members.map { Set($0) }
        }
    }

    // MARK: What has to be so

    func members(of topic: String, at node: Int) -> Set<String>? { nodes[node].pages[topic] }

    func checkPages() {
        for topic in Self.topics {
            let online = Set(nodes.flatMap { $0.streams[topic].map { Array($0.keys) } ?? [] })
            for node in nodes.indices where nodes[node].streams[topic] != nil {
                #expect(nodes[node].pages[topic] == online, "\(topic) at \(node)")
            }
        }
    }

    func checkEmpty() {
        for node in nodes where node.isRunning {
            #expect(node.book.topicCount == 0 && node.book.bytes == 0 && node.presence.bookBytes == 0)
            #expect(node.teller.there.count == 0 && node.teller.there.bytes == 0)
        }
    }
}
