import EventLog
import NIOCore
import Synchronization
import Testing

@testable import EventHub

/// Orders to end streams that come by the log's tail, at nodes that share it.
@Suite struct DisconnectionTests {
    private static func order(
        _ user: String = "alice", stream: String? = nil, node: String? = nil, isRetryable: Bool = false
    ) -> Disconnection {
        Disconnection(number: 7, user: user, stream: stream, node: node, isRetryable: isRetryable, asker: "other")
    }

    /// A hub that is one of several, and what it has told of its endings.
    private final class Member {
        let bench: TestHub
        private let reports: AsyncStream<Int>
        private let report: AsyncStream<Int>.Continuation

        init(shards: Int = 1) throws {
            bench = try TestHub(shards: shards, isShared: true)
            (reports, report) = AsyncStream.makeStream(of: Int.self)
            bench.hub.join(as: "me") { [report] _, count in report.yield(count) }
        }

        func tell(_ order: Disconnection) {
            bench.hub.carryOut(order)
            bench.hub.wake()
        }

        func nextReport() async -> Int? {
            var iterator = reports.makeAsyncIterator()
            return await iterator.next()
        }
    }

    @Test func `a stream gets the events before its end, and none behind it`() async throws {
        let member = try Member()
        let (kicked, other) = (try member.bench.connect("alice"), try member.bench.connect("bob"))
        for text in ["1", "2"] { try member.bench.post(.everyone, text) }
        member.tell(Self.order())
        for text in ["3", "4"] { try member.bench.post(.everyone, text) }
        member.bench.run()
        #expect(kicked.data == ["1", "2"] && kicked.outlet.ending == .disconnected)
        #expect(other.data == ["1", "2", "3", "4"] && other.outlet.ending == nil)
        #expect(kicked.outlet.violations.isEmpty && other.outlet.violations.isEmpty)
        #expect(await member.nextReport() == 1)
    }

    @Test func `one that is opened behind the order stays`() async throws {
        let member = try Member()
        member.tell(Self.order())
        #expect(await member.nextReport() == 0)
        let stream = try member.bench.connect("alice")
        try member.bench.publish(.user("alice"), "1")
        #expect(stream.data == ["1"] && stream.outlet.ending == nil)
    }

    @Test func `streams of all shards end, and are counted together`() async throws {
        let member = try Member(shards: 3)
        let streams = try (0..<6).map { try member.bench.connect("alice", shard: $0 % 3) }
        member.tell(Self.order(isRetryable: true))
        member.bench.run()
        #expect(streams.allSatisfy { $0.outlet.ending == .disconnectedForNow })
        #expect(await member.nextReport() == 6)
    }

    private static let choices: [(String?, String?, Int)] = [
        ("0-2", "me", 1), ("0-9", nil, 0), ("nonsense", nil, 0), (nil, "me", 3),
    ]

    @Test(arguments: choices)
    func `one stream is meant, or one node`(stream: String?, node: String?, ended: Int) async throws {
        let member = try Member()
        let streams = try (0..<3).map { _ in try member.bench.connect("alice") }
        member.tell(Self.order(stream: stream, node: node))
        member.bench.run()
        #expect(await member.nextReport() == ended)
        #expect(streams.filter { $0.outlet.ending != nil }.count == ended)
    }

    @Test func `an order for another node is none`() throws {
        let member = try Member()
        let stream = try member.bench.connect("alice")
        member.tell(Self.order(node: "other"))
        member.bench.run()
        #expect(stream.outlet.ending == nil)
    }

    // MARK: Sessions

    private static func session(_ digit: Character) throws -> SessionID {
        try #require(SessionID(String(repeating: digit, count: 32)))
    }

    @Test(arguments: [(true, StreamEnd.sessionReplaced), (false, .signedOut)])
    func `one who signs out at any node is signed out at all, with this session alone`(
        isRetryable: Bool, reason: StreamEnd
    ) throws {
        let member = try Member(shards: 2)
        let (mine, other) = (try Self.session("1"), try Self.session("2"))
        let streams = try [
            member.bench.connect("alice", session: mine), member.bench.connect("alice", session: mine, shard: 1),
            member.bench.connect("alice", session: other), member.bench.connect("alice"),
            member.bench.connect("bob", session: mine),
        ]
        for name in [mine.description, "", "nonsense"] {
            let order = Disconnection(
                number: 8, user: "alice", session: name, isRetryable: isRetryable, asker: "")
            member.tell(order)
            try member.bench.post(.everyone, name)
        }
        member.bench.run()
        #expect(streams.map(\.outlet.ending) == [reason, reason, nil, nil, nil])
        #expect(streams[0].data.isEmpty && streams[2].data.count == 3, "in order with events")
    }

    // MARK: Revocations

    private static func revoked(_ user: String) -> Revocation {
        Revocation(.user(user), issuedBefore: 100, madeAt: WallTime(milliseconds: 0))
    }

    @Test func `a revocation that any node asked for is answered with what it has ended here`() async throws {
        let member = try Member(shards: 2)
        let streams = try (0..<4).map { try member.bench.connect($0 == 3 ? "bob" : "alice", shard: $0 % 2) }
        member.bench.hub.revoke([Self.revoked("alice")], for: EndQuestion(number: 9, asker: "other"))
        member.bench.hub.wake()
        member.bench.run()
        #expect(streams.map(\.outlet.ending) == [.tokenRevoked, .tokenRevoked, .tokenRevoked, nil])
        #expect(await member.nextReport() == 3)
        // Nobody asks: nobody is told.
        member.bench.hub.revoke([Self.revoked("bob")])
        member.bench.hub.revoke([Self.revoked("carol")], for: EndQuestion(number: 10, asker: "other"))
        member.bench.hub.wake()
        member.bench.run()
        #expect(streams[3].outlet.ending == .tokenRevoked)
        #expect(await member.nextReport() == 0)
    }

    // MARK: What other nodes have

    private struct Elsewhere: StreamsElsewhere {
        var streams = 0

        func streamCount(for audience: Audience) -> Int { streams }
        func streamCount(ofUser user: String) -> Int { user == "alice" ? streams : 0 }
    }

    @Test func `a user's streams at other nodes count in its limit`() throws {
        let limits = StreamLimits(streams: 10, streamsPerUser: 3, topicsPerStream: 2)
        let board = PresenceBoard(
            limits: limits, retry: RetrySpread(milliseconds: 3000), elsewhere: Elsewhere(streams: 2))
        try board.admit(Interest(user: "alice"), shard: 0)
        #expect(throws: AdmissionRefusal.streamsPerUser(limit: 3)) {
            try board.admit(Interest(user: "alice"), shard: 0)
        }
        for _ in 0..<3 { try board.admit(Interest(user: "bob"), shard: 0) }
        #expect(board.streamCountOverNodes(for: .user("alice")) == 3 && board.streamCount(for: .user("alice")) == 1)
    }

    @Test func `what has changed is told once, with what there is now`() throws {
        var presence = Presence(
            limits: StreamLimits(streams: 10, streamsPerUser: 10, topicsPerStream: 2), notesChanges: true)
        let (alice, bob) = (Interest(user: "alice", topics: ["news"]), Interest(user: "bob"))
        for interest in [alice, alice, bob] { try presence.admit(interest, shard: 0) }
        presence.release(bob, shard: 0, remaining: ShardRemainder(isEmpty: false, user: 0, topics: []))
        var changes: [PresenceChange] = []
        while case let some = presence.takeChanges(limit: 2), !some.isEmpty { changes += some }
        let words = changes.map { "\($0.kind) \($0.name) \($0.streams)" }.sorted()
        #expect(words == ["topic news 2", "user alice 2", "user bob 0"])
        presence.release(alice, shard: 0, remaining: ShardRemainder(isEmpty: false, user: 1, topics: [1]))
        let later = presence.takeChanges(limit: 9)
        #expect(later.map(\.streams) == [1, 1])
    }
}
