import EventLog
import EventLogPromises
import EventStream
import NIOCore
import Synchronization
import Testing

@testable import EventHub

/// Streams that end because their tokens are revoked, or because an administrator says so.
@Suite(.timeLimit(.minutes(10))) struct EndingTests {
    private static let now = WallTime(milliseconds: 1_790_000_000_000)
    private static let second = now.milliseconds / 1000

    private static func revoke(
        _ hub: TestHub, _ target: Revocation.Target, before second: Int64 = Self.second + 1
    ) throws {
        let answer = Mutex<Result<Void, EventLogError>?>(nil)
        hub.log.revoke(Revocation(target, issuedBefore: second, madeAt: now)) { result in
            answer.withLock { $0 = result }
        }
        try #require(answer.withLock { $0 }).get()
        hub.advance(by: .seconds(1))
    }

    private static func give(_ orders: [EndOrder], _ hub: TestHub) throws {
        try #require(hub.hub.shard(on: hub.loop)).assumeIsolated { shard in
            for order in orders { shard.obey(order) }
        }
    }

    private static func mark(_ id: String? = nil, at second: Int64? = Self.second) -> TokenMark {
        TokenMark(id: id, issuedAt: second)
    }

    @Test func `a user's streams end within a second, those of its newer tokens and of others stay`() throws {
        let hub = try TestHub(shards: 2)
        let ended = try [
            hub.connect("alice", token: Self.mark(), shard: 0), hub.connect("alice", token: Self.mark("t"), shard: 1),
            hub.connect("alice", token: .unknown), hub.connect("alice", token: Self.mark(at: Self.second - 9)),
        ]
        let staying = try [
            hub.connect("alice", token: Self.mark(at: Self.second + 1)),
            hub.connect("bob", token: Self.mark(), shard: 1),
        ]
        try Self.revoke(hub, .user("alice"))
        #expect(ended.allSatisfy { $0.outlet.ending == .tokenRevoked })
        #expect(staying.allSatisfy { $0.outlet.ending == nil })
        try hub.publish(.everyone, "on")
        #expect(staying.allSatisfy { $0.data == ["on"] } && ended.allSatisfy { $0.data == [] })
        #expect(hub.metrics.counts.ended == [.tokenRevoked: 4])
        #expect(hub.hub.streamCount == 2)
    }

    @Test func `one token's streams end, whoever has them and whenever it was issued`() throws {
        let hub = try TestHub(shards: 2)
        let ended = try [
            hub.connect("alice", token: Self.mark("t", at: .max - 1)),
            hub.connect("bob", token: Self.mark("t"), shard: 1),
        ]
        let staying = try [
            hub.connect("alice", token: Self.mark("T")), hub.connect("alice", token: Self.mark()),
            hub.connect("t", token: .unknown),
        ]
        try Self.revoke(hub, .token("t"))
        #expect(ended.allSatisfy { $0.outlet.ending == .tokenRevoked })
        #expect(staying.allSatisfy { $0.outlet.ending == nil })
    }

    @Test func `everyone's end that were issued before, or do not say when`() throws {
        let hub = try TestHub()
        let ended = try [hub.connect("alice", token: Self.mark(at: 99)), hub.connect("bob", token: .unknown)]
        let staying = try hub.connect("carol", token: Self.mark(at: 100))
        try Self.revoke(hub, .everyone, before: 100)
        #expect(ended.allSatisfy { $0.outlet.ending == .tokenRevoked } && staying.outlet.ending == nil)
    }

    @Test func `a stream that goes on with a newer token is judged by that one`() throws {
        let hub = try TestHub()
        let session = try #require(SessionID(String(repeating: "1", count: 32)))
        let streams = try [session, nil].map { session in
            try hub.connect(
                "alice", session: session, endsAt: hub.loop.now + .seconds(100), token: Self.mark("old"))
        }
        try #require(hub.hub.shard(on: hub.loop)).assumeIsolated { shard in
            let new = StreamRenewal(lifetime: .seconds(200), token: Self.mark("new")) { _ in true }
            _ = shard.extend(session, of: "alice", by: new)
        }
        try Self.revoke(hub, .token("old"))
        #expect(streams.map(\.outlet.ending) == [nil, .tokenRevoked])
        try Self.revoke(hub, .token("new"))
        #expect(streams[0].outlet.ending == .tokenRevoked)
    }

    @Test func `what another node revokes ends streams here`() throws {
        let hub = try TestHub(isShared: true)
        let stream = try hub.connect("alice", token: Self.mark())
        try hub.store.revoke(Revocation(.user("alice"), issuedBefore: Self.second + 1, madeAt: Self.now)).get()
        hub.advance(by: .seconds(1))
        #expect(stream.outlet.ending == .tokenRevoked)
        #expect(hub.hub.revocations.refuses(user: "alice", tokenID: nil, issuedAt: Self.second))
    }

    @Test func `what was revoked before the start is refused, and what is lost with an epoch is not let in again`()
        throws
    {
        let hub = try TestHub()
        #expect(!hub.hub.revocations.refuses(user: "alice", tokenID: nil, issuedAt: nil))
        try Self.revoke(hub, .user("alice"))
        let next = TestHub(
            loops: [ManualEventLoop()], log: hub.store.front(), settings: hub.settings, limits: hub.limits)
        #expect(next.hub.revocations.refuses(user: "alice", tokenID: nil, issuedAt: nil))
        #expect(next.hub.revocations.count == 1)
        hub.store.begin(try #require(Epoch("other")), keeping: 0)
        hub.run()
        #expect(hub.hub.revocations.refuses(user: "alice", tokenID: nil, issuedAt: nil))
    }

    @Test func `what can't live any more is asked for no longer`() throws {
        let hub = try TestHub()
        try Self.revoke(hub, .token("t"))
        hub.advance(by: .seconds(RevocationSettings().seconds))
        #expect(hub.hub.revocations.count == 0)
        #expect(!hub.hub.revocations.refuses(user: "alice", tokenID: "t", issuedAt: nil))
    }

    // MARK: In turns

    @Test func `many end in turns, and events come between them`() throws {
        let hub = try TestHub()
        let streams = try (0..<500).map { _ in try hub.connect("alice", token: Self.mark()) }
        let bob = try hub.connect("bob", token: Self.mark())
        hub.hub.revoke([Revocation(.user("alice"), issuedBefore: Self.second + 1, madeAt: Self.now)])
        hub.hub.wake()
        hub.run()
        let endedAtOnce = streams.count { $0.outlet.ending != nil }
        #expect(endedAtOnce > 0 && endedAtOnce < 100, "one turn")
        try hub.publish(.everyone, "between")
        #expect(bob.data == ["between"])
        hub.advance(by: .milliseconds(100))
        #expect(streams.allSatisfy { $0.outlet.ending == .tokenRevoked })
        #expect(streams.allSatisfy { $0.outlet.violations.isEmpty } && hub.hub.streamCount == 1)
    }

    @Test func `one that goes meanwhile, or is ended twice, is counted once`() async throws {
        let hub = try TestHub()
        let streams = try (0..<200).map { _ in try hub.connect("alice", token: Self.mark()) }
        let tallies = [EndTally(shards: 1), EndTally(shards: 1)]
        try Self.give(tallies.map { EndOrder(which: .ofUser("alice", number: nil, .disconnected), tally: $0) }, hub)
        streams[199].disconnect()
        hub.advance(by: .seconds(1))
        #expect(streams.dropLast().allSatisfy { $0.outlet.ending == .disconnected })
        // Last, since the loop stays on the thread that it was made on.
        #expect(try await answer(to: { [await tallies[0].sum, await tallies[1].sum] }) == [199, 0])
    }

    @Test func `one of a user's streams is ended by its number, and none of another's`() throws {
        let hub = try TestHub()
        let streams = try [hub.connect("alice"), hub.connect("bob"), hub.connect("alice")]
        let orders = [UInt64(2), 3, 9].map { number in
            EndOrder(which: .ofUser("alice", number: number, .disconnectedForNow), tally: nil)
        }
        try Self.give(orders, hub)
        hub.advance(by: .seconds(1))
        #expect(streams.map(\.outlet.ending) == [nil, nil, .disconnectedForNow])
    }
}
