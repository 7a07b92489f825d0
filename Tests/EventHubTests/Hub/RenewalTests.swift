import EventLog
import EventLogPromises
import EventStream
import NIOCore
import Synchronization
import Testing

@testable import EventHub

/// A session that goes on at one node of several: what the others do when the log's tail tells them.
@Suite struct RenewalTests {
    private static func session(_ digit: Character) throws -> SessionID {
        try #require(SessionID(String(repeating: digit, count: 32)))
    }

    private final class Words: Sendable {
        let all = Mutex<[String]>([])
    }

    /// A hub that is one of several. What is told of a token is how many seconds it lasts; an empty word is refused.
    private final class Member {
        let bench: TestHub
        let (mine, other): (SessionID, SessionID)
        private let words = Words()

        var asked: [String] { words.all.withLock { $0 } }

        init(shards: Int = 1, isShared: Bool = true, judges: Bool = true) throws {
            bench = try TestHub(shards: shards, isShared: isShared)
            (mine, other) = (try RenewalTests.session("1"), try RenewalTests.session("2"))
            guard judges else { return }
            bench.hub.judgeRenewals { [words] renewal in
                let word = String(decoding: renewal.content, as: UTF8.self)
                words.all.withLock { $0.append(word) }
                guard let seconds = Int64(word) else { return nil }
                return StreamRenewal(lifetime: .seconds(seconds)) { !$0.contains("secret") }
            }
        }

        /// A stream whose token lasts 100 seconds.
        func open(
            _ session: SessionID?, of user: String = "alice", topics: [String] = [], shard: Int = 0
        ) throws -> TestStream {
            try bench.connect(
                user, topics: topics, session: session, endsAt: bench.loop.now + .seconds(100), shard: shard)
        }

        func tell(_ word: String, _ user: String = "alice", of session: String? = nil) {
            bench.hub.renew(
                SessionRenewal(user: user, session: session ?? mine.description, content: Array(word.utf8)))
            bench.hub.wake()
            bench.run()
        }
    }

    @Test func `the session's streams go on at all shards, and nobody else's`() throws {
        let member = try Member(shards: 2)
        let streams = [try member.open(member.mine), try member.open(member.mine, shard: 1)]
        let others = [
            try member.open(member.mine, of: "bob"), try member.open(member.other), try member.open(nil),
            try member.open(member.mine, topics: ["secret"]),
        ]
        member.tell("600")
        member.bench.advance(by: .seconds(101))
        #expect(streams.map(\.outlet.ending) == [nil, nil])
        #expect(others.allSatisfy { $0.outlet.ending == .tokenExpired })
        member.bench.advance(by: .seconds(500))
        #expect(streams.allSatisfy { $0.outlet.ending == .tokenExpired }, "and end with the new token")
    }

    @Test(arguments: ["", "50", "100"])
    func `what is refused here, or ends no later, changes nothing`(word: String) throws {
        let member = try Member()
        let stream = try member.open(member.mine)
        member.tell(word)
        #expect(member.asked == [word])
        member.bench.advance(by: .seconds(101))
        #expect(stream.outlet.ending == .tokenExpired)
    }

    @Test func `where nobody judges, streams keep their end`() throws {
        let member = try Member(judges: false)
        let stream = try member.open(member.mine)
        member.tell("600")
        member.bench.advance(by: .seconds(101))
        #expect(stream.outlet.ending == .tokenExpired)
    }

    /// To judge is to read what another node has written: it is done for streams that are here.
    @Test(arguments: ["", "nonsense", "22222222222222222222222222222222"])
    func `of a session without streams here nothing is judged`(session: String) throws {
        let member = try Member()
        _ = try member.open(member.mine)
        member.tell("600", of: session)
        member.tell("600", "bob")
        #expect(member.asked == [])
    }

    @Test func `a sign-out behind it ends the streams all the same, in order with events`() throws {
        let member = try Member()
        let stream = try member.open(member.mine)
        let (hub, mine) = (member.bench.hub, member.mine.description)
        hub.renew(SessionRenewal(user: "alice", session: mine, content: Array("600".utf8)))
        try member.bench.post(.everyone, "1")
        hub.carryOut(Disconnection(number: 8, user: "alice", session: mine, isRetryable: false, asker: ""))
        try member.bench.post(.everyone, "2")
        member.bench.run()
        #expect(stream.data == ["1"] && stream.outlet.ending == .signedOut)
        #expect(member.asked == ["600"])
    }

    /// The node that was asked hears of it by the tail, too, when it has told its streams already.
    @Test func `told twice, a stream is told of its end once`() throws {
        let member = try Member()
        let stream = try member.open(member.mine)
        member.tell("600")
        member.bench.advance(by: .seconds(545))
        member.tell("55")
        member.bench.advance(by: .seconds(54))
        #expect(stream.outlet.events.filter { $0.event == "sluice.expiring" }.count == 1)
    }

    /// What the log keeps of a sign-in, it tells all nodes; a node that has its log for itself knows already.
    @Test(arguments: [true, false])
    func `a session that the log keeps goes on at other nodes, too`(isShared: Bool) throws {
        let member = try Member(isShared: isShared)
        let stream = try member.open(member.mine)
        let one = KeptSession.numbered(1, until: member.bench.store.clock().adding(seconds: 600))
        let kept = KeptSession(
            name: one.name, user: "alice", session: member.mine.description, endsAt: one.endsAt,
            content: Array("600".utf8))
        try member.bench.store.record(.signIn("alice", keeping: kept, inPlaceOf: [])).get()
        member.bench.run()
        member.bench.advance(by: .seconds(101))
        #expect(stream.outlet.ending == (isShared ? nil : .tokenExpired))
        #expect(member.asked == (isShared ? ["600"] : []))
    }
}
