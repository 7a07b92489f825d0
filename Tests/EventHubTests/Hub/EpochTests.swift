import EventLog
import EventLogPromises
import EventStream
import NIOCore
import Testing

@testable import EventHub

/// What each open stream gets when the log is made anew or has lost its end: what a reconnect with its last id would
/// get.
@Suite struct EpochTests {
    private static func gap(_ requested: String, _ resumedAt: String) -> String {
        "\(resumedAt) " + #"{"requested":"\#(requested)","resumedAt":"\#(resumedAt)","reason":"epoch"}"#
    }

    /// Ids and data.
    private static func got(_ stream: TestStream) -> [String] {
        stream.outlet.events.map { "\($0.lastEventID) \($0.data)" }
    }

    /// A log of three events with a stream that has all, one whose socket took the first, and one that waits for the
    /// log's answer.
    private static func streams(_ hub: TestHub) throws -> (live: TestStream, slow: TestStream, reading: TestStream) {
        let (live, slow) = (try hub.connect("alice"), try hub.connect("bob"))
        try hub.publish(.everyone, "1")
        slow.stall()
        for number in 2...3 { try hub.publish(.everyone, "\(number)") }
        hub.log.script.isHolding = true
        let reading = try hub.connect("carol", after: hub.id(0))
        hub.log.script.isHolding = false
        return (live, slow, reading)
    }

    private static func comeToRest(_ hub: TestHub, _ slow: TestStream) {
        hub.run()
        hub.log.release()
        hub.run()
        slow.recover()
        hub.run()
    }

    @Test func `a log that has lost its end goes on from what is left`() throws {
        let hub = try TestHub(isShared: true)
        let (live, slow, reading) = try Self.streams(hub)
        hub.store.begin(try #require(Epoch("new")), keeping: 2)
        hub.store.publish(NewEvent("other 3"))
        Self.comeToRest(hub, slow)
        #expect(Self.got(live) == ["now-1 1", "now-2 2", "now-3 3", Self.gap("now-3", "new-2"), "new-3 other 3"])
        #expect(Self.got(slow) == ["now-1 1", Self.gap("now-1", "new-1"), "new-2 2", "new-3 other 3"])
        #expect(Self.got(reading) == [Self.gap("now-0", "new-0"), "new-1 1", "new-2 2", "new-3 other 3"])
        #expect(hub.metrics.counts.ended == [:] && hub.metrics.counts.behind == 0)
    }

    @Test func `a log that is made anew begins anew for each stream`() throws {
        let hub = try TestHub(isShared: true)
        let (live, slow, reading) = try Self.streams(hub)
        hub.store.begin(try #require(Epoch("new")), keeping: 0)
        hub.store.publish(NewEvent("other 1"))
        Self.comeToRest(hub, slow)
        #expect(Self.got(live).suffix(2) == [Self.gap("now-3", "new-0"), "new-1 other 1"])
        #expect(Self.got(slow) == ["now-1 1", Self.gap("now-1", "new-0"), "new-1 other 1"])
        #expect(Self.got(reading) == [Self.gap("now-0", "new-0"), "new-1 other 1"])
    }

    @Test func `of two epochs at once the last is told, and what both have lost is gone`() throws {
        let hub = try TestHub(isShared: true)
        let (live, slow, reading) = try Self.streams(hub)
        hub.store.begin(try #require(Epoch("new")), keeping: 1)
        hub.store.publish(NewEvent("lost"))
        hub.store.begin(try #require(Epoch("newer")), keeping: 1)
        hub.store.publish(NewEvent("other 2"))
        Self.comeToRest(hub, slow)
        #expect(Self.got(live).suffix(2) == [Self.gap("now-3", "newer-1"), "newer-2 other 2"])
        #expect(Self.got(slow) == ["now-1 1", Self.gap("now-1", "newer-1"), "newer-2 other 2"])
        #expect(Self.got(reading) == [Self.gap("now-0", "newer-0"), "newer-1 1", "newer-2 other 2"])
    }

    @Test func `a stream that opens as another ends for the new epoch gets its events`() throws {
        let hub = try TestHub(settings: .forTests(bufferTotalBytes: 100), isShared: true)
        let stuck = try hub.connect("alice")
        stuck.outlet.stuckBytes = 1000
        stuck.stall()
        hub.store.begin(try #require(Epoch("new")), keeping: 0)
        let stream = try hub.connect("alice")
        #expect(stuck.outlet.ending == .buffersFull)
        try hub.publish(.everyone, "1")
        try hub.publish(.user("alice"), "2")
        #expect(stream.data == ["1", "2"])
    }

    @Test func `what is read while the new epoch is on its way is tried again, and ends nobody`() throws {
        let hub = try TestHub(isShared: true)
        try hub.publish(.everyone, "1")
        hub.log.script.isTailLate = true
        hub.store.begin(try #require(Epoch("new")), keeping: 0)
        hub.store.publish(NewEvent("other 1"))
        let stream = try hub.connect("alice", after: hub.id(0))
        hub.advance(by: .seconds(1))
        #expect(stream.data == [] && stream.outlet.ending == nil)
        hub.log.script.isTailLate = false
        hub.log.tellUntold()
        hub.run()
        #expect(Self.got(stream) == [Self.gap("now-0", "new-0"), "new-1 other 1"])
    }
}
