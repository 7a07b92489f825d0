import EventLog
import NIOCore
import Testing

@testable import EventHub

/// Settings, limits and keys that change while streams live.
@Suite struct AdoptTests {
    private static func adopt(
        _ hub: TestHub, heartbeat: TimeAmount = .seconds(15), streams: Int = 1000, keys: Set<UInt64> = [1, 2]
    ) {
        var (settings, limits) = (TestHub.settings, TestHub.limits)
        settings.heartbeat = heartbeat
        limits.streams = streams
        hub.hub.adopt(settings, limits, keys: keys)
        hub.run()
    }

    @Test func `streams whose key is gone end, and no others`() throws {
        let hub = try TestHub(shards: 2)
        let gone = [try hub.connect("alice", key: 1), try hub.connect("bob", key: 1, shard: 1)]
        let stays = [try hub.connect("alice", key: 2), try hub.connect("carol", shard: 1)]
        Self.adopt(hub, keys: [2])
        #expect(gone.map(\.outlet.ending) == [.keyRemoved, .keyRemoved])
        #expect(stays.map(\.outlet.ending) == [nil, nil])
        #expect(try hub.publish(.everyone, "on").streams == 2)
        #expect(stays.map(\.data) == [["on"], ["on"]])
    }

    @Test func `a stream that was extended ends with the later token's key`() throws {
        let hub = try TestHub()
        let session = try #require(SessionID("0123456789abcdef0123456789abcdef"))
        let stream = try hub.connect("alice", session: session, endsAt: hub.loop.now + .seconds(100), key: 1)
        let shard = try #require(hub.hub.shard(on: hub.loop))
        let extend = { (key: UInt64) in
            let new = StreamRenewal(lifetime: .seconds(200), key: key) { _ in true }
            return shard.assumeIsolated { $0.extend(session, of: "alice", by: new) }
        }
        #expect(extend(2) == 1)
        Self.adopt(hub, keys: [2])
        #expect(stream.outlet.ending == nil)
        #expect(extend(1) == 0, "its key has gone since the token was looked at")
        Self.adopt(hub, keys: [3])
        #expect(stream.outlet.ending == .keyRemoved)
    }

    @Test(arguments: [TimeAmount.seconds(1), .seconds(60)])
    func `a new heartbeat reaches living streams`(heartbeat: TimeAmount) throws {
        let hub = try TestHub()
        let streams = try (0..<3).map { try hub.connect("user-\($0)") }
        hub.advance(by: .milliseconds(500))
        Self.adopt(hub, heartbeat: heartbeat)
        hub.advance(by: heartbeat - .seconds(1))
        #expect(streams.map(\.outlet.heartbeatCount) == [0, 0, 0])
        hub.advance(by: .seconds(1))
        #expect(streams.map(\.outlet.heartbeatCount) == [1, 1, 1])
    }

    @Test func `a lower limit ends nobody and lets nobody in`() throws {
        let hub = try TestHub()
        let streams = [try hub.connect("alice"), try hub.connect("bob")]
        Self.adopt(hub, streams: 1)
        #expect(throws: AdmissionRefusal.self) { try hub.connect("carol") }
        #expect(streams.allSatisfy { $0.outlet.ending == nil })
        Self.adopt(hub, streams: 3)
        _ = try hub.connect("carol")
    }
}
