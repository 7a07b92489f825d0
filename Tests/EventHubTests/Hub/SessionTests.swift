import EventLog
import EventLogPromises
import EventStream
import NIOCore
import Testing

@testable import EventHub

/// What signing in again and signing out do to open streams.
@Suite struct SessionTests {
    private static let (here, there) = (session("1"), session("2"))

    private static func session(_ digit: Character) -> SessionID {
        guard let session = SessionID(String(repeating: digit, count: 32)) else {
            preconditionFailure("\(digit) is a hex digit.")
        }
        return session
    }

    /// A stream whose token lasts 100 seconds.
    private static func open(
        _ hub: TestHub, _ user: String = "alice", _ session: SessionID? = here, topics: [String] = []
    ) throws -> TestStream {
        try hub.connect(user, topics: topics, session: session, endsAt: hub.loop.now + .seconds(100))
    }

    private static func extend(
        _ hub: TestHub, by lifetime: TimeAmount, permits: @escaping @Sendable ([String]) -> Bool = { _ in true }
    ) throws -> Int {
        try #require(hub.hub.shard(on: hub.loop)).assumeIsolated { shard in
            shard.extend(here, of: "alice", by: StreamRenewal(lifetime: lifetime, permits: permits))
        }
    }

    private static func notices(_ stream: TestStream) -> [String] {
        stream.outlet.events.filter { $0.event == "sluice.expiring" }.map(\.data)
    }

    // MARK: What is kept

    private static func kept(_ number: UInt8, _ session: SessionID, _ hub: TestHub) -> KeptSession {
        let one = KeptSession.numbered(number, until: hub.store.clock().adding(seconds: 3600))
        return KeptSession(
            name: one.name, user: one.user, session: session.description, endsAt: one.endsAt, content: one.content)
    }

    /// The loop was about to open it, so nothing counts it yet.
    @Test func `a stream that was let in just before its sign-out ends, on whichever loop it is`() throws {
        let hub = try TestHub(shards: 2)
        let kept = Self.kept(1, Self.here, hub)
        hub.log.record(.signIn("alice", keeping: kept, inPlaceOf: [])) { _ in }
        #expect(hub.hub.sessions.session(named: kept.name) != nil, "this is when it was let in")
        hub.log.record(.signOut([kept.name])) { _ in }
        // The stream's loop has not come to the end of its session yet.
        let late = try TestStream(
            Interest(user: "alice"), session: Self.here, endsAt: .distantFuture, hub: hub, loop: hub.loops[1])
        #expect(late.outlet.ending == nil)
        hub.run()
        #expect(late.outlet.ending == .signedOut)
    }

    @Test func `letting go of a session ends its streams, and of a former one none`() throws {
        let hub = try TestHub(shards: 2)
        let (first, second, other) = (
            Self.kept(1, Self.here, hub), Self.kept(2, Self.here, hub), Self.kept(3, Self.there, hub)
        )
        for one in [first, second, other] {
            hub.log.record(.signIn("alice", keeping: one, inPlaceOf: [first.name])) { _ in }
        }
        let (mine, elsewhere) = (try Self.open(hub), try Self.open(hub, "alice", Self.there))
        let bobs = try Self.open(hub, "bob")
        hub.hub.endStreams(of: hub.hub.sessions.apply(SessionChange(forgotten: [first.name])))
        hub.run()
        #expect(mine.outlet.ending == nil, "its sign-in goes on")
        hub.hub.endStreams(of: hub.hub.sessions.apply(SessionChange(forgotten: [second.name])))
        hub.run()
        #expect(mine.outlet.ending == .signedOut && elsewhere.outlet.ending == nil && bobs.outlet.ending == nil)
    }

    // MARK: Notice

    @Test func `a stream is told ahead of its token's end, once, and without an id`() throws {
        let hub = try TestHub()
        let stream = try Self.open(hub)
        hub.advance(by: .milliseconds(49_900))
        #expect(Self.notices(stream) == [])
        hub.advance(by: .milliseconds(200))
        #expect(Self.notices(stream) == [#"{"secondsLeft":50}"#], "half of its time, because it is short")
        #expect(stream.outlet.events.allSatisfy { $0.lastEventID == "now-0" }, "where the stream begins")
        #expect(stream.outlet.unflushedFrames == 0)
        hub.advance(by: .seconds(49))
        #expect(Self.notices(stream).count == 1)
        hub.advance(by: .seconds(2))
        #expect(stream.outlet.ending == .tokenExpired)
    }

    @Test func `a stalled stream is told as well`() throws {
        let hub = try TestHub()
        let stream = try Self.open(hub)
        stream.stall()
        hub.advance(by: .seconds(51))
        #expect(Self.notices(stream).count == 1)
        #expect(stream.outlet.violations == [])
    }

    // MARK: Signing in again

    @Test func `the streams of the session go on in place, and are told of the new end`() throws {
        let hub = try TestHub()
        let stream = try Self.open(hub)
        hub.advance(by: .seconds(60))
        #expect(try Self.extend(hub, by: .seconds(600)) == 1)
        hub.advance(by: .seconds(500))
        #expect(stream.outlet.ending == nil)
        #expect(Self.notices(stream).count == 1)
        hub.advance(by: .seconds(41))
        #expect(Self.notices(stream) == [#"{"secondsLeft":50}"#, #"{"secondsLeft":60}"#])
        hub.advance(by: .seconds(60))
        #expect(stream.outlet.ending == .tokenExpired)
        #expect(hub.metrics.counts.opened == 1)
    }

    @Test func `other users, other sessions and streams without one keep their end`() throws {
        let hub = try TestHub()
        let others = [
            try Self.open(hub, "bob"), try Self.open(hub, "alice", Self.there), try Self.open(hub, "alice", nil),
        ]
        let own = try Self.open(hub)
        #expect(try Self.extend(hub, by: .seconds(600)) == 1)
        hub.advance(by: .seconds(101))
        #expect(others.map(\.outlet.ending) == [.tokenExpired, .tokenExpired, .tokenExpired])
        #expect(own.outlet.ending == nil)
    }

    @Test func `a stream with a topic that the new token does not grant keeps its end`() throws {
        let hub = try TestHub()
        let (plain, news) = (try Self.open(hub), try Self.open(hub, topics: ["news"]))
        #expect(try Self.extend(hub, by: .seconds(600), permits: { $0.isEmpty }) == 1)
        hub.advance(by: .seconds(101))
        #expect(plain.outlet.ending == nil)
        #expect(news.outlet.ending == .tokenExpired)
    }

    @Test func `each refresh leaves one heartbeat per silence`() throws {
        let hub = try TestHub()
        let stream = try Self.open(hub)
        for _ in 0..<50 {
            hub.advance(by: .seconds(2))
            _ = try Self.extend(hub, by: .hours(10))
        }
        let before = stream.outlet.heartbeatCount
        hub.advance(by: .seconds(150))
        #expect((9...11).contains(stream.outlet.heartbeatCount - before))
    }

    // MARK: Signing out

    @Test func `signing out ends the session's streams and no others`() throws {
        let hub = try TestHub()
        let (first, second) = (try Self.open(hub), try Self.open(hub, topics: ["news"]))
        let others = [
            try Self.open(hub, "bob"), try Self.open(hub, "alice", Self.there), try Self.open(hub, "alice", nil),
        ]
        let count = try #require(hub.hub.shard(on: hub.loop)).assumeIsolated { $0.end(Self.here, of: "alice") }
        #expect(count == 2)
        #expect([first, second].map(\.outlet.ending) == [.signedOut, .signedOut])
        #expect(others.allSatisfy { $0.outlet.ending == nil })
        #expect(hub.metrics.counts.ended == [.signedOut: 2])
    }
}
