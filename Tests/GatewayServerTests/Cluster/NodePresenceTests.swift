// What nodes tell each other of their streams: values, against a model.

import EventHub
import EventLog
import NIOCore
import SeededRandom
import Testing

@testable import GatewayServer

@Suite struct NodePresenceTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private static func digits(_ number: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    private static func news(
        _ sequence: UInt64, of node: Int = 1, users: [String: Int] = [:], begins: Bool = false, ends: Bool = false
    ) -> PresenceNews {
        var news = PresenceNews(node: digits(node), sequence: sequence, streams: users.values.reduce(0, +))
        news.users = users.map { CountedNames.Entry(name: $0, streams: $1) }
        (news.begins, news.ends) = (begins, ends)
        return news
    }

    /// `#expect` calls no method that changes a value.
    private final class Book {
        private var value: NodePresence
        private(set) var now = NodePresenceTests.start

        init(bytes: Int = 1 << 20) { value = NodePresence(own: NodePresenceTests.digits(0), byteLimit: bytes) }

        func pass(_ time: TimeAmount) {
            now = now + time
            value.forget(at: now)
        }
        func hear(_ news: PresenceNews) { value.hear(news, at: now) }
        var wants: [String] { value.wants(at: now) }
        func streams(of user: String) -> Int { value.streamCount(for: .user(user)) }
        func limiting(_ user: String) -> Int { value.streamCount(ofUser: user, at: now) }
        var everyone: Int { value.streamCount(for: .everyone) }
        var names: Set<String> { value.names }
        var isIncomplete: Bool { value.isIncomplete }
        var bytes: Int { value.bytes }
    }

    @Test func whatIsMissedIsAskedForAndWhatIsGoneGoes() {
        let book = Book()
        book.hear(Self.news(1, users: ["alice": 2, "bob": 1], begins: true, ends: true))
        #expect(book.wants.isEmpty && !book.isIncomplete)
        book.hear(Self.news(2, users: ["alice": 3]))
        #expect(book.streams(of: "alice") == 3 && book.streams(of: "bob") == 1)
        // The third said that bob has left.
        book.hear(Self.news(4, users: ["carol": 1]))
        #expect(book.wants == [Self.digits(1)] && book.isIncomplete)
        #expect(book.wants.isEmpty, "asked once, and again after a while")
        #expect(book.streams(of: "bob") == 1, "what was known stays until more is known")
        book.pass(NodePresence.patience)
        #expect(book.wants == [Self.digits(1)])
        book.hear(Self.news(5, users: ["alice": 3], begins: true))
        book.hear(Self.news(6, users: ["carol": 1], ends: true))
        #expect(book.streams(of: "bob") == 0 && book.streams(of: "alice") == 3 && book.streams(of: "carol") == 1)
        #expect(!book.isIncomplete && book.wants.isEmpty)
    }

    @Test func aMessageMissedWhileAllIsToldBeginsItAnew() {
        let book = Book()
        book.hear(Self.news(7))
        #expect(book.wants == [Self.digits(1)])
        book.hear(Self.news(8, users: ["alice": 1], begins: true))
        book.hear(Self.news(10, ends: true))
        book.pass(NodePresence.patience)
        #expect(book.isIncomplete && book.wants == [Self.digits(1)])
    }

    @Test func aNodeThatIsNotHeardIsForgotten() {
        let book = Book()
        book.hear(Self.news(1, users: ["alice": 2], begins: true, ends: true))
        book.pass(NodePresence.vigour)
        #expect(book.limiting("alice") == 0, "its users are on their way elsewhere")
        #expect(book.streams(of: "alice") == 2)
        book.pass(NodePresence.lifetime - NodePresence.vigour)
        #expect(book.streams(of: "alice") == 0 && book.names.isEmpty && book.bytes == 0)
        #expect(NodePresence.lifetime < .seconds(15))
    }

    @Test func aNodeThatLeavesIsForgottenAtOnce() {
        let book = Book()
        book.hear(Self.news(1, users: ["alice": 2], begins: true, ends: true))
        var farewell = Self.news(2)
        farewell.leaves = true
        book.hear(farewell)
        #expect(book.everyone == 0 && book.bytes == 0)
    }

    @Test func whatThereIsNoRoomForIsToldAsMissing() {
        let book = Book(bytes: 40 << 10)
        let many = Dictionary(uniqueKeysWithValues: (0..<1000).map { ("user \($0)", 1) })
        book.hear(Self.news(1, users: many, begins: true, ends: true))
        #expect(book.isIncomplete && book.bytes <= 40 << 10)
        #expect(book.everyone == 1000, "the sum needs no room")
        book.hear(Self.news(2, users: many.mapValues { _ in 0 }))
        #expect(book.wants == [Self.digits(1)], "when there is room again")
        book.hear(Self.news(3, users: ["user 1": 1], begins: true, ends: true))
        #expect(!book.isIncomplete && book.streams(of: "user 1") == 1)
    }

    @Test func nodesAreBounded() {
        let book = Book(bytes: 64 << 20)
        for node in 1...2 * NodePresence.most { book.hear(Self.news(1, of: node)) }
        #expect(book.names.count == NodePresence.most)
        book.hear(PresenceNews(node: "sluice", sequence: 1, streams: 1))
        book.hear(PresenceNews(node: Self.digits(0), sequence: 1, streams: 1))
        #expect(book.everyone == 0, "no node, and the node itself")
    }

    // MARK: What a node tells

    @Test func aNodeWithNothingNewSaysThatItIsThere() {
        var teller = PresenceTeller(node: Self.digits(1))
        let first = teller.next(at: Self.start, streams: 0, wants: [])
        #expect(first.map(\.begins) == [true] && first.map(\.ends) == [true])
        let soon = teller.next(at: Self.start + .milliseconds(250), streams: 0, wants: [])
        #expect(soon.isEmpty)
        let later = teller.next(at: Self.start + PresenceTeller.interval, streams: 0, wants: [])
        #expect(later.map(\.sequence) == [2] && later[0].users.isEmpty && !later[0].begins)
        let asking = teller.next(at: Self.start + PresenceTeller.interval, streams: 0, wants: [Self.digits(2)])
        #expect(asking.map(\.wants) == [[Self.digits(2)]])
    }

    @Test func manyNamesAreToldInBoundedMessagesAndNotAllAtOnce() {
        var teller = PresenceTeller(node: Self.digits(1))
        _ = teller.next(at: Self.start, streams: 0, wants: [])
        let names = (0..<40_000).map { "user number \($0)" }
        teller.take(names.map { PresenceChange(.user, $0, streams: 1) })
        let change = teller.next(at: Self.start, streams: 40_000, wants: [])
        #expect(change.allSatisfy { $0.json.count < 200 << 10 } && change.map(\.users.count).reduce(0, +) == 40_000)
        teller.wanted()
        var (told, looks) = ([PresenceNews](), 0)
        while told.last?.ends != true, looks < 100 {
            looks += 1
            let now = Self.start + PresenceTeller.pause + .milliseconds(250 * Int64(looks))
            let news = teller.next(at: now, streams: 40_000, wants: [])
            #expect(news.reduce(0) { $0 + $1.json.count } < 1 << 20)
            told += news
        }
        #expect(looks > 3 && Set(told.flatMap(\.users).map(\.name)).count == 40_000)
        #expect(told.filter(\.begins).count == 1 && told.filter(\.ends).count == 1)
    }

    /// Nodes over a network that loses messages; one in a while starts anew. When it loses none, all know all.
    @Test func allKnowAllWhenNothingIsLostAnyMore() {
        var random = SeededGenerator(test: "allKnowAllWhenNothingIsLostAnyMore")
        var simulation = Simulation(nodes: 3)
        for _ in 0..<400 { simulation.step(loss: 0.1, using: &random) }
        for _ in 0..<60 { simulation.pass(loss: 0, using: &random) }
        for (index, node) in simulation.nodes.enumerated() {
            let others = simulation.nodes.enumerated().filter { $0.offset != index }.map(\.element)
            #expect(!node.book.isIncomplete && node.book.names == Set(others.map(\.name)))
            for user in Simulation.users {
                let sum = others.reduce(0) { $0 + ($1.counts[user] ?? 0) }
                #expect(node.book.streamCount(for: .user(user)) == sum)
            }
            let expected = Simulation.users.filter { user in simulation.nodes.contains { $0.counts[user] ?? 0 > 0 } }
            var (listed, last) = ([CountedNames.Entry](), String?.none)
            repeat {
                let page = CountedNames.page(of: node.book.users + [node.teller.users], after: last, limit: 7)
                listed += page
                last = page.count == 7 ? page.last?.name : nil
            } while last != nil
            #expect(listed.count == expected.count && Set(listed.map(\.name)) == Set(expected))
            for entry in listed {
                #expect(entry.streams == simulation.nodes.reduce(0) { $0 + ($1.counts[entry.name] ?? 0) })
            }
        }
    }

    private struct Simulation {
        struct Node {
            let name: String
            var teller: PresenceTeller
            var book: NodePresence
            var counts: [String: Int] = [:]

            init(_ number: Int) {
                name = NodePresenceTests.digits(number)
                teller = PresenceTeller(node: name)
                book = NodePresence(own: name, byteLimit: 1 << 20)
            }
        }

        static let users = (0..<60).map { "user \($0)/ü" }
        var nodes: [Node]
        private var started: Int
        private var now = NodePresenceTests.start

        init(nodes count: Int) { (nodes, started) = ((1...count).map { Node($0) }, count) }

        mutating func step(loss: Double, using random: inout SeededGenerator) {
            let index = Int.random(in: 0..<nodes.count, using: &random)
            if Int.random(in: 0..<100, using: &random) == 0 {
                started += 1
                nodes[index] = Node(started)
            }
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let user = Self.users[Int.random(in: 0..<Self.users.count, using: &random)]
                let count = Int.random(in: 0...3, using: &random)
                nodes[index].counts[user] = count
                nodes[index].teller.take([PresenceChange(.user, user, streams: count)])
            }
            pass(loss: loss, using: &random)
        }

        /// A quarter of a second.
        mutating func pass(loss: Double, using random: inout SeededGenerator) {
            now = now + .milliseconds(250)
            for index in nodes.indices {
                nodes[index].book.forget(at: now)
                let wants = nodes[index].book.wants(at: now)
                let streams = nodes[index].counts.values.reduce(0, +)
                for news in nodes[index].teller.next(at: now, streams: streams, wants: wants) {
                    for other in nodes.indices where other != index {
                        guard Double.random(in: 0..<1, using: &random) >= loss else { continue }
                        guard case .presence(let heard)? = NodeMessage(json: news.json) else {
                            Issue.record("a message that can't be read")
                            continue
                        }
                        nodes[other].book.hear(heard, at: now)
                        if heard.wants.contains(nodes[other].name) { nodes[other].teller.wanted() }
                    }
                }
            }
        }
    }
}
