import EventLog
import EventLogPromises
import EventStream
import NIOCore
import Testing

@testable import EventHub

/// What becomes of clients whose id this node has not heard of: another node gave it out, or nobody did.
@Suite struct AheadTests {
    private static func gap(_ requested: String, _ resumedAt: String, _ reason: String) -> String {
        #"{"requested":"\#(requested)","resumedAt":"\#(resumedAt)","reason":"\#(reason)"}"#
    }

    /// From where on the hub's streams have had events, as it is told to whoever looks.
    private static func from(_ hub: TestHub) -> [Position]? {
        hub.hub.shard(on: hub.loops[0])?.assumeIsolated { $0.streams.values.map(\.visit.from) }
    }

    @Test func `an id that this node has not heard of is waited for`() throws {
        let hub = try TestHub(isShared: true)
        try hub.publish(.everyone, "1")
        let stream = try hub.connect("alice", after: hub.id(3))
        for number in 2...5 { try hub.publish(.everyone, "\(number)") }
        hub.advance(by: .seconds(10))
        #expect(stream.data == ["4", "5"])
        #expect(Self.from(hub) == [3])
    }

    @Test func `an id that never comes is told of as a gap`() throws {
        let hub = try TestHub(isShared: true)
        try hub.publish(.everyone, "1")
        let stream = try hub.connect("alice", after: hub.id(3))
        hub.advance(by: .milliseconds(4900))
        #expect(stream.data == [])
        hub.advance(by: .milliseconds(300))
        #expect(stream.data == [Self.gap("now-3", "now-1", "future")])
        #expect(Self.from(hub) == [1])
        try hub.publish(.everyone, "2")
        #expect(stream.data.last == "2")
    }

    @Test func `an id where there is no event was given out by a node that had heard of none`() throws {
        let hub = try TestHub(isShared: true)
        try hub.publish(.everyone, "1")
        hub.log.script.notes = 2
        let stream = try hub.connect("alice", after: hub.id(3))
        hub.advance(by: .seconds(10))
        #expect(stream.data == [], "neither late nor a gap")
        hub.log.script.notes = 0
        for number in 2...5 { hub.store.publish(NewEvent("\(number)")) }
        hub.advance(by: .seconds(1))
        #expect(stream.data == ["4", "5"])
    }

    @Test func `while the log is away an id may yet come`() throws {
        let hub = try TestHub(isShared: true)
        hub.log.cutOff()
        hub.store.publish(NewEvent("1"))
        hub.store.publish(NewEvent("2"))
        let stream = try hub.connect("alice", after: hub.id(1))
        hub.advance(by: .seconds(30))
        hub.log.reconnect()
        hub.advance(by: .seconds(1))
        #expect(stream.outlet.events.map(\.event) == ["sluice.delayed", "message", "sluice.current"])
        #expect(stream.data[1] == "2")
    }

    /// Each event is too much for the shard's inbox: the stream reads the log, which is further than the tail.
    @Test func `an id that the log has shown was given out, however late the tail is`() throws {
        let settings = StreamSettings.forTests(bufferBytes: 1024, inboxBytes: 1)
        let hub = try TestHub(settings: settings, isShared: true)
        try hub.publish(.everyone, "1")
        hub.log.script.isTailLate = true
        for number in 2...5 { hub.store.publish(NewEvent("\(number)")) }
        let stream = try hub.connect("alice", after: hub.id(3))
        hub.log.tellLate(1)
        hub.run()
        #expect(stream.data == ["4", "5"])
        hub.advance(by: .seconds(10))
        hub.log.script.isTailLate = false
        hub.log.tellUntold()
        hub.run()
        #expect(stream.data == ["4", "5"])
    }

    @Test func `an epoch that this node has not heard of is waited for`() throws {
        let hub = try TestHub(isShared: true)
        try hub.publish(.everyone, "old 1")
        hub.log.script.isTailLate = true
        hub.store.begin(try #require(Epoch("new")), keeping: 0)
        for number in 1...3 { hub.store.publish(NewEvent("\(number)")) }
        let stream = try hub.connect("alice", after: "new-2")
        hub.advance(by: .seconds(4))
        #expect(stream.data == [])
        hub.log.script.isTailLate = false
        hub.log.tellUntold()
        hub.run()
        hub.advance(by: .seconds(10))
        #expect(stream.data == ["3"])
    }

    @Test func `an epoch that never comes is a gap, and its stream gets all that there is`() throws {
        let hub = try TestHub(isShared: true)
        try hub.publish(.everyone, "1")
        let stream = try hub.connect("alice", after: "other-2")
        try hub.publish(.everyone, "2")
        hub.advance(by: .milliseconds(4900))
        #expect(stream.data == [])
        hub.advance(by: .milliseconds(300))
        #expect(stream.data == [Self.gap("other-2", "now-0", "epoch"), "1", "2"])
    }

    @Test func `an epoch that comes after all, before its gap was told, leaves none`() throws {
        let hub = try TestHub(isShared: true)
        try hub.publish(.everyone, "old 1")
        hub.log.script.isTailLate = true
        hub.store.begin(try #require(Epoch("new")), keeping: 0)
        for number in 1...3 { hub.store.publish(NewEvent("\(number)")) }
        hub.log.script.isHolding = true
        let stream = try hub.connect("alice", after: "new-2")
        hub.advance(by: .seconds(6))
        hub.log.script.isTailLate = false
        hub.log.tellUntold()
        hub.log.script.isHolding = false
        hub.log.release()
        hub.advance(by: .seconds(1))
        #expect(stream.data == ["3"])
    }

    @Test func `a stream that waits is current when its place is known`() throws {
        let hub = try TestHub(isShared: true)
        hub.log.cutOff()
        let (unknown, early) = (try hub.connect("alice", after: "other-2"), try hub.connect("alice", after: hub.id(2)))
        hub.advance(by: .seconds(6))
        hub.log.reconnect()
        hub.run()
        for stream in [unknown, early] { #expect(stream.outlet.events.map(\.event) == ["sluice.delayed"]) }
        for number in 1...3 { try hub.publish(.everyone, "\(number)") }
        hub.advance(by: .milliseconds(200))
        #expect(early.data.dropFirst() == ["3", "{}"])
        #expect(unknown.data.dropFirst() == [Self.gap("other-2", "now-0", "epoch"), "1", "2", "3", "{}"])
    }

    @Test func `an id that has come is not gone back to when an epoch begins`() throws {
        let hub = try TestHub(isShared: true)
        let stream = try hub.connect("alice", after: hub.id(1))
        for number in 1...3 { try hub.publish(.everyone, "\(number)") }
        hub.store.begin(try #require(Epoch("new")), keeping: 3)
        hub.run()
        #expect(stream.data == ["2", "3", Self.gap("now-3", "new-3", "epoch")])
    }
}
