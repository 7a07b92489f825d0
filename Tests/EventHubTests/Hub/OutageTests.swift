import EventLog
import EventStream
import NIOCore
import Testing

@testable import EventHub

/// What streams are told when the gateway is cut off from its log, and when it is not any more.
@Suite struct OutageTests {
    private static let since = WallTime(milliseconds: 1_790_000_000_000)
    private static let away = EventLogError(.unavailable, "The disk is away.")
    private static let delayed = #"{"since":"2026-09-21T14:13:20Z"}"#

    private static func names(_ stream: TestStream) -> [String] { stream.outlet.events.map(\.event) }

    @Test func `an outage of 30 s ends no stream, tells each delayed and current once, and loses nothing`() throws {
        let hub = try TestHub(shards: 2)
        let streams = try (0..<1000).map { try hub.connect("user \($0)", shard: $0 % 2) }
        try hub.publish(.everyone, "before")
        hub.log.failure = Self.away
        hub.log.tell(.interrupted(since: Self.since))
        hub.run()
        hub.advance(by: .milliseconds(4900))
        #expect(streams.allSatisfy { $0.data == ["before"] })
        hub.advance(by: .milliseconds(25_100))
        #expect(streams.allSatisfy { $0.data == ["before", Self.delayed] })
        #expect(hub.metrics.counts.delayed == 1000)
        hub.log.failure = nil
        for number in 1...5 { try hub.post(.everyone, "late \(number)") }
        hub.log.tell(.resumed)
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
            hub.log.tell(.interrupted(since: Self.since))
            hub.run()
            hub.advance(by: .milliseconds(4800))
            hub.log.tell(.resumed)
            hub.run()
        }
        hub.advance(by: .seconds(10))
        #expect(stream.data == [])
    }

    @Test func `a stream that opens meanwhile is told at once`() throws {
        let hub = try TestHub()
        _ = try hub.connect("alice")
        hub.log.tell(.interrupted(since: Self.since))
        hub.run()
        hub.advance(by: .seconds(6))
        let late = try hub.connect("bob")
        #expect(late.data == [Self.delayed])
        hub.log.tell(.resumed)
        hub.run()
        #expect(Self.names(late) == ["sluice.delayed", "sluice.current"])
    }

    @Test func `a read that fails is tried again, by one stream for all, and ends none`() throws {
        let hub = try TestHub()
        for number in 1...3 { try hub.publish(.everyone, "\(number)") }
        hub.log.failure = Self.away
        let before = hub.log.readCount
        let streams = try (0..<100).map { _ in try hub.connect("alice", after: hub.id(0)) }
        hub.advance(by: .seconds(30))
        #expect(hub.log.readCount - before <= 100 + 12, "a hundred tries, and then one for all at growing intervals")
        #expect(streams.allSatisfy { $0.outlet.ending == nil && Self.names($0) == ["sluice.delayed"] })
        hub.log.failure = nil
        hub.advance(by: .seconds(5))
        #expect(streams.allSatisfy { $0.data == [Self.delayed, "1", "2", "3", "{}"] })
        #expect(streams.allSatisfy { $0.outlet.violations == [] })
        #expect(hub.metrics.counts.ended == [:])
    }

    @Test func `the stream that tries for all may go, and others go on`() throws {
        let hub = try TestHub()
        try hub.publish(.everyone, "1")
        hub.log.failure = Self.away
        let streams = try (0..<3).map { _ in try hub.connect("alice", after: hub.id(0)) }
        streams[2].disconnect()
        streams[1].stall()
        hub.advance(by: .seconds(1))
        hub.log.failure = nil
        hub.advance(by: .seconds(5))
        #expect(streams[0].data == ["1"])
        streams[1].recover()
        hub.run()
        #expect(streams[1].data == ["1"])
    }

    @Test func `another epoch is told in the stream, which goes on with what the new log has`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice")
        let slow = try hub.connect("alice")
        slow.stall()
        for number in 1...3 { try hub.publish(.everyone, "\(number)") }
        // The memory log is the old one still: reads of the new epoch fail, and are tried again.
        let epoch = try #require(Epoch("new"))
        hub.log.tell(.epochBegan(LoggedEventID(epoch: epoch, sequence: 0)))
        hub.run()
        hub.advance(by: .seconds(1))
        #expect(stream.data == ["1", "2", "3"] && stream.outlet.ending == nil)
        let fresh = try hub.connect("alice", after: "now-3")
        #expect(fresh.outlet.ending == nil && fresh.data == [])
        slow.recover()
        #expect(slow.data == [], "what was held is of an epoch that is over")
    }

    @Test func `an id that this node has not heard of is waited for`() throws {
        let hub = try TestHub()
        hub.log.isShared = true
        try hub.publish(.everyone, "1")
        let stream = try hub.connect("alice", after: hub.id(3))
        for number in 2...5 { try hub.publish(.everyone, "\(number)") }
        hub.advance(by: .seconds(10))
        #expect(stream.data == ["4", "5"])
    }

    @Test func `an id that never comes is told of as a gap`() throws {
        let hub = try TestHub()
        hub.log.isShared = true
        try hub.publish(.everyone, "1")
        let stream = try hub.connect("alice", after: hub.id(3))
        hub.advance(by: .milliseconds(4900))
        #expect(stream.data == [])
        hub.advance(by: .milliseconds(300))
        #expect(stream.data == [#"{"requested":"now-3","resumedAt":"now-1","reason":"future"}"#])
        try hub.publish(.everyone, "2")
        #expect(stream.data.last == "2")
    }
}
