import EventLog
import NIOCore
import Testing

@testable import EventHub

/// What has ended is let go of at once: nothing holds a connection that has gone.
@Suite struct LifetimeTests {
    /// Opens a stream, ends it, and hands back what must be gone then.
    private static func outlet(
        on hub: TestHub, ending: (TestStream) throws -> Void
    ) throws -> WeakOutlet {
        let stream = try hub.connect("alice", topics: ["news"], endsAt: hub.loop.now + .seconds(30))
        let outlet = WeakOutlet(outlet: stream.outlet)
        try ending(stream)
        return outlet
    }

    private struct WeakOutlet {
        weak var outlet: RecordingOutlet?
    }

    @Test func `a stream that its client closed`() throws {
        let hub = try TestHub()
        let gone = try Self.outlet(on: hub) { $0.disconnect() }
        #expect(gone.outlet == nil)
    }

    @Test func `a stream that its client closed while others stay`() throws {
        let hub = try TestHub()
        let other = try hub.connect("bob")
        let gone = try Self.outlet(on: hub) { $0.disconnect() }
        #expect(gone.outlet == nil)
        #expect(other.outlet.ending == nil)
    }

    @Test func `a stream that overflowed`() throws {
        var settings = TestHub.settings
        settings.overflow = .disconnect
        let hub = try TestHub(settings: settings)
        let gone = try Self.outlet(on: hub) { stream in
            stream.stall()
            for _ in 0..<2 { try hub.publish(.everyone, String(repeating: "x", count: 600)) }
        }
        #expect(gone.outlet == nil)
    }

    @Test func `a stream whose token ended`() throws {
        let hub = try TestHub()
        let gone = try Self.outlet(on: hub) { _ in hub.advance(by: .seconds(31)) }
        #expect(gone.outlet == nil)
    }

    @Test func `a stream that waits for the log`() throws {
        let hub = try TestHub()
        try hub.publish(.everyone, "1")
        hub.log.script.isHolding = true
        weak var outlet: RecordingOutlet?
        do {
            let stream = try hub.connect("alice", after: hub.id(0))
            outlet = stream.outlet
            stream.disconnect()
        }
        #expect(outlet == nil)
    }

    @Test func `a hub that is used no more`() throws {
        weak var hub: EventHub?
        weak var shard: HubShard?
        do {
            let test = try TestHub()
            hub = test.hub
            shard = test.hub.shard(on: test.loop)
            let stream = try test.connect("alice")
            try test.publish(.everyone, "1")
            stream.disconnect()
            test.advance(by: .seconds(1))
        }
        #expect(hub == nil)
        #expect(shard == nil)
    }

    @Test func `a hub that was drained`() throws {
        weak var hub: EventHub?
        weak var shard: HubShard?
        do {
            let test = try TestHub()
            hub = test.hub
            shard = test.hub.shard(on: test.loop)
            _ = try test.connect("alice")
            shard?.assumeIsolated { $0.drain(over: .seconds(1)) }
            test.advance(by: .seconds(2))
        }
        #expect(hub == nil)
        #expect(shard == nil)
    }
}
