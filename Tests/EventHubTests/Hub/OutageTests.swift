import EventLog
import EventLogPromises
import EventStream
import NIOCore
import Testing

@testable import EventHub

/// What streams are told when the gateway is cut off from its log, and when it is not any more.
@Suite struct OutageTests {
    private static let delayed = #"{"since":"2026-09-21T14:13:20Z"}"#

    private static func names(_ stream: TestStream) -> [String] { stream.outlet.events.map(\.event) }

    @Test func `an outage of 30 s ends no stream, tells each delayed and current once, and loses nothing`() throws {
        let hub = try TestHub(shards: 2)
        let streams = try (0..<1000).map { try hub.connect("user \($0)", shard: $0 % 2) }
        try hub.publish(.everyone, "before")
        hub.log.cutOff()
        hub.run()
        hub.advance(by: .milliseconds(4900))
        #expect(streams.allSatisfy { $0.data == ["before"] })
        hub.advance(by: .milliseconds(25_100))
        #expect(streams.allSatisfy { $0.data == ["before", Self.delayed] })
        #expect(hub.metrics.counts.delayed == 1000)
        for number in 1...5 { hub.store.publish(NewEvent("late \(number)")) }
        hub.log.reconnect()
        hub.run()
        let late = (1...5).map { "late \($0)" }
        #expect(streams.allSatisfy { $0.data == ["before", Self.delayed] + late + ["{}"] })
        #expect(streams.allSatisfy { Self.names($0).suffix(1) == ["sluice.current"] && $0.outlet.ending == nil })
        #expect(streams.allSatisfy { $0.outlet.violations == [] })
        #expect(hub.metrics.counts.delayed == 0)
    }

    @Test func `a moment without the log is not worth a word`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice")
        for _ in 0..<3 {
            hub.log.cutOff()
            hub.run()
            hub.advance(by: .milliseconds(4800))
            hub.log.reconnect()
            hub.run()
        }
        hub.advance(by: .seconds(10))
        #expect(stream.data == [])
    }

    @Test func `a stream that opens meanwhile is told at once`() throws {
        let hub = try TestHub()
        _ = try hub.connect("alice")
        hub.log.cutOff()
        hub.run()
        hub.advance(by: .seconds(6))
        let late = try hub.connect("bob")
        #expect(late.data == [Self.delayed])
        hub.log.reconnect()
        hub.run()
        #expect(Self.names(late) == ["sluice.delayed", "sluice.current"])
    }

    @Test func `a read that fails is tried again, by one stream for all, and ends none`() throws {
        let hub = try TestHub()
        for number in 1...3 { try hub.publish(.everyone, "\(number)") }
        hub.log.script.failure = ScriptedLog.away
        let before = hub.log.readCount
        let streams = try (0..<100).map { _ in try hub.connect("alice", after: hub.id(0)) }
        hub.advance(by: .seconds(30))
        #expect(hub.log.readCount - before <= 100 + 12, "a hundred tries, and then one for all at growing intervals")
        #expect(streams.allSatisfy { $0.outlet.ending == nil && Self.names($0) == ["sluice.delayed"] })
        hub.log.script.failure = nil
        hub.advance(by: .seconds(5))
        #expect(streams.allSatisfy { $0.data == [Self.delayed, "1", "2", "3", "{}"] })
        #expect(streams.allSatisfy { $0.outlet.violations == [] })
        #expect(hub.metrics.counts.ended == [:])
    }

    @Test func `the stream that tries for all may go, and others go on`() throws {
        let hub = try TestHub()
        try hub.publish(.everyone, "1")
        hub.log.script.failure = ScriptedLog.away
        let streams = try (0..<3).map { _ in try hub.connect("alice", after: hub.id(0)) }
        streams[2].disconnect()
        streams[1].stall()
        hub.advance(by: .seconds(1))
        hub.log.script.failure = nil
        hub.advance(by: .seconds(5))
        #expect(streams[0].data == ["1"])
        streams[1].recover()
        hub.run()
        #expect(streams[1].data == ["1"])
    }

    @Test func `a stream is current when its socket has taken what was late`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice")
        stream.stall()
        hub.log.cutOff()
        hub.run()
        hub.advance(by: .seconds(6))
        hub.store.publish(NewEvent("late"))
        hub.log.reconnect()
        hub.run()
        #expect(stream.data == [Self.delayed], "the event is held back")
        stream.recover()
        #expect(stream.data == [Self.delayed, "late", "{}"])
    }

    @Test func `a log that is lost again has been there in between`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice")
        hub.log.cutOff()
        hub.run()
        hub.advance(by: .seconds(3))
        hub.log.reconnect()
        hub.log.cutOff()
        hub.run()
        hub.advance(by: .seconds(4))
        #expect(stream.data == [], "after 7 seconds, of which the last 4 are one outage")
        hub.advance(by: .seconds(2))
        #expect(stream.data == [#"{"since":"2026-09-21T14:13:23Z"}"#])
    }

    @Test(arguments: [true, false])
    func `a stream that waits for the log is not too slow`(isFailing: Bool) throws {
        let settings = StreamSettings.forTests(
            bufferBytes: 200,
            behindLimit: .seconds(60))
        let hub = try TestHub(settings: settings)
        try hub.publish(.everyone, "1")
        if isFailing { hub.log.script.failure = ScriptedLog.away } else { hub.log.script.isHolding = true }
        let stream = try hub.connect("alice", after: hub.id(0))
        hub.advance(by: .minutes(5))
        #expect(stream.outlet.ending == nil)
        hub.log.script = ScriptedLog.Script()
        hub.log.release()
        hub.advance(by: .seconds(5))
        #expect(stream.data.filter { $0 == "1" } == ["1"] && stream.outlet.ending == nil)
        #expect(hub.metrics.counts.behind == 0)
    }

    @Test func `a replica that has not heard of all that was told is asked again, and nothing is left out`() throws {
        let hub = try TestHub(isShared: true)
        for number in 1...5 { try hub.publish(.everyone, "\(number)") }
        hub.log.script.unseen = 2
        let before = hub.log.readCount
        let stream = try hub.connect("alice", after: hub.id(1))
        hub.advance(by: .seconds(1))
        #expect(stream.data == ["2", "3"])
        #expect(hub.log.readCount - before <= 13, "ten times a second")
        hub.log.script.unseen = 0
        hub.advance(by: .milliseconds(100))
        #expect(stream.data == ["2", "3", "4", "5"])
    }

    // MARK: Answers to a stream that has gone on from elsewhere

    private static let impatient = StreamSettings.forTests(bufferBytes: 1024, inboxBytes: 1)

    /// A stream that came with an id that never was, is told so, and has asked the log in between: each event is too
    /// much for its shard's inbox.
    private static func wanderer(_ hub: TestHub) throws -> TestStream {
        try hub.publish(.everyone, "1")
        hub.log.script.isHolding = true
        let stream = try hub.connect("alice", after: hub.id(3))
        try hub.publish(.everyone, "2")
        #expect(hub.log.readCount == 1)
        hub.advance(by: .seconds(6))
        #expect(stream.data == [#"{"requested":"now-3","resumedAt":"now-2","reason":"future"}"#])
        return stream
    }

    @Test func `a step that was asked for from elsewhere is not taken`() throws {
        let hub = try TestHub(settings: Self.impatient, isShared: true)
        let stream = try Self.wanderer(hub)
        try hub.publish(.everyone, "3")
        hub.log.release(1)
        hub.run()
        hub.log.release()
        hub.run()
        #expect(stream.data.dropFirst() == ["3"])
    }

    @Test func `a read from elsewhere that fails delays nobody`() throws {
        let hub = try TestHub(settings: Self.impatient, isShared: true)
        hub.log.script.failingReads = 1
        let stream = try Self.wanderer(hub)
        hub.log.release()
        hub.advance(by: .seconds(30))
        #expect(stream.data.count == 1, "nothing but the gap: \(stream.data)")
        #expect(hub.metrics.counts.delayed == 0)
    }
}
