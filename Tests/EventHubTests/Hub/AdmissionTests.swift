import EventLog
import NIOCore
import Testing

@testable import EventHub

/// How many streams there may be, on all shards together, and none while the gateway goes down.
@Suite struct AdmissionTests {
    private static let limits = StreamLimits(streams: 4, streamsPerUser: 2, topicsPerStream: 2)

    @Test func `a user's limit holds across shards, and a stream that goes makes room`() throws {
        let hub = try TestHub(shards: 2, limits: Self.limits)
        let first = try hub.connect("alice", shard: 0)
        let second = try hub.connect("alice", shard: 1)
        for shard in 0...1 {
            #expect(throws: AdmissionRefusal.streamsPerUser(limit: 2)) { try hub.connect("alice", shard: shard) }
        }
        second.disconnect()
        let third = try hub.connect("alice", shard: 0)
        #expect(try hub.publish(.user("alice"), "1").streams == 2)
        #expect([first, second, third].map(\.data) == [["1"], [], ["1"]])
        #expect(hub.metrics.counts.opened == 3)
    }

    @Test func `the limit of all streams holds across shards`() throws {
        let hub = try TestHub(shards: 2, limits: Self.limits)
        for number in 0..<4 { _ = try hub.connect("user \(number)", shard: number % 2) }
        #expect(throws: AdmissionRefusal.streams(limit: 4)) { try hub.connect("one more") }
        #expect(hub.hub.streamCount == 4)
    }

    @Test func `too many topics`() throws {
        let hub = try TestHub(limits: Self.limits)
        #expect(throws: AdmissionRefusal.topicsPerStream(limit: 2)) {
            try hub.connect("alice", topics: ["a", "b", "c"])
        }
        #expect(hub.hub.streamCount == 0)
    }

    @Test func `each way to end makes room`() throws {
        var settings = TestHub.settings
        settings.overflow = .disconnect
        let hub = try TestHub(settings: settings, limits: Self.limits)
        let expiring = try hub.connect("alice", endsAt: hub.loop.now + .seconds(1))
        let stalled = try hub.connect("alice")
        stalled.stall()
        for _ in 0..<2 { try hub.publish(.everyone, String(repeating: "x", count: 600)) }
        hub.advance(by: .seconds(2))
        #expect(expiring.outlet.ending == .tokenExpired)
        #expect(stalled.outlet.ending == .bufferOverflow)
        _ = try hub.connect("alice")
        _ = try hub.connect("alice")
    }
}
