import EventLog
import EventStream
import NIOCore
import Testing

@testable import EventHub

/// A stream that comes back goes on exactly behind the event it had last, or is told that it can't.
@Suite struct ResumingTests {
    private static let smallSteps = StreamSettings.forTests(
        bufferBytes: 1024, replayStepBytes: 50)

    @Test(arguments: [0, 1, 5, 9, 10]) func `goes on behind each id`(last: UInt64) throws {
        let hub = try TestHub(settings: Self.smallSteps)
        for number in 1...10 { try hub.publish(.user("alice"), "\(number)") }
        let stream = try hub.connect("alice", after: hub.id(last))
        try hub.publish(.user("alice"), "11")
        #expect(stream.data == (last + 1...11).map(String.init))
    }

    @Test(arguments: [nil, ""]) func `without an id it begins with what comes`(id: String?) throws {
        let hub = try TestHub()
        try hub.publish(.everyone, "1")
        let stream = try hub.connect("alice", after: id)
        try hub.publish(.everyone, "2")
        #expect(stream.data == ["2"])
        #expect(hub.log.readCount == 0)
    }

    @Test func `replay is for the stream's own interest`() throws {
        let hub = try TestHub()
        try hub.publish(.user("bob"), "bob")
        try hub.publish(.topic("news"), "news")
        try hub.publish(.topic("sport"), "sport")
        try hub.publish(.users(["alice", "bob"]), "both")
        try hub.publish(.everyone, "everyone")
        let stream = try hub.connect("alice", topics: ["news"], after: hub.id(0))
        #expect(stream.data == ["news", "both", "everyone"])
    }

    @Test func `nothing is lost or doubled when events are published between the reads`() throws {
        let hub = try TestHub(settings: Self.smallSteps)
        for number in 1...20 { try hub.publish(.everyone, "\(number)") }
        let outlet = RecordingOutlet()
        var next = 21
        outlet.onFlush = {
            guard next <= 30 else { return }
            _ = try? hub.post(.everyone, "\(next)")
            next += 1
        }
        let stream = try hub.connect("alice", after: hub.id(3), outlet: outlet)
        #expect(stream.data == (4...30).map(String.init))
        outlet.onFlush = {}
    }

    @Test func `nothing is lost or doubled when the log answers late`() throws {
        let hub = try TestHub(settings: Self.smallSteps)
        for number in 1...3 { try hub.publish(.everyone, "\(number)") }
        hub.log.script.isHolding = true
        let stream = try hub.connect("alice", after: hub.id(1))
        var next = 4
        while hub.log.readCount < 8 {
            try hub.publish(.everyone, "\(next)")
            next += 1
            hub.log.release()
            hub.run()
        }
        hub.log.script.isHolding = false
        hub.log.release()
        hub.run()
        try hub.publish(.everyone, "\(next)")
        #expect(stream.data == (2...next).map(String.init))
    }

    @Test func `replay is written in steps, each of which waits for room`() throws {
        let hub = try TestHub(settings: Self.smallSteps)
        for number in 1...20 { try hub.publish(.everyone, "\(number)") }
        let outlet = RecordingOutlet()
        outlet.onFlush = { [unowned outlet] in outlet.isWritable = false }
        let stream = try hub.connect("alice", after: hub.id(0), outlet: outlet)
        var turns = 0
        while stream.data.count < 20, turns < 100 {
            let before = outlet.byteCount
            stream.recover()
            hub.run()
            #expect(outlet.byteCount - before < 50 + 30, "a step and the event that reached its limit")
            turns += 1
        }
        #expect(stream.data == (1...20).map(String.init))
        #expect(turns > 5)
    }

    // MARK: Gaps

    private static func gap(_ requested: String, _ resumedAt: String, _ reason: String) -> ServerSentEvent {
        ServerSentEvent(
            lastEventID: resumedAt, event: "sluice.gap",
            data: #"{"requested":"\#(requested)","resumedAt":"\#(resumedAt)","reason":"\#(reason)"}"#)
    }

    private static func event(_ number: Int) -> ServerSentEvent {
        ServerSentEvent(lastEventID: "now-\(number)", data: "\(number)")
    }

    @Test func `an id of a log that was lost`() throws {
        let hub = try TestHub()
        for number in 1...2 { try hub.publish(.everyone, "\(number)") }
        let stream = try hub.connect("alice", after: "old-77")
        try hub.publish(.everyone, "3")
        #expect(
            stream.outlet.events == [Self.gap("old-77", "now-0", "epoch"), Self.event(1), Self.event(2), Self.event(3)])
    }

    @Test func `an id of a log that was lost, when this one has let go of its first events`() throws {
        let hub = try TestHub(retainedBytes: 800)
        for number in 1...5 { try hub.publish(.everyone, "\(number)") }
        let stream = try hub.connect("alice", after: "old-1")
        #expect(stream.outlet.events == [Self.gap("old-1", "now-3", "epoch"), Self.event(4), Self.event(5)])
    }

    @Test(arguments: [("now-9", "future"), ("now-x", "malformed"), ("12", "malformed")])
    func `an id that can't be`(id: String, reason: String) throws {
        let hub = try TestHub()
        for number in 1...2 { try hub.publish(.everyone, "\(number)") }
        let stream = try hub.connect("alice", after: id)
        #expect(stream.outlet.events == [Self.gap(id, "now-2", reason)])
        #expect(stream.outlet.items.first == .retry(milliseconds: 3000))
        try hub.publish(.everyone, "3")
        #expect(stream.outlet.events == [Self.gap(id, "now-2", reason), Self.event(3)])
    }

    @Test func `an id that the log holds no longer`() throws {
        let hub = try TestHub(retainedBytes: 800)
        for number in 1...5 { try hub.publish(.everyone, "\(number)") }
        let stream = try hub.connect("alice", after: hub.id(1))
        try hub.publish(.everyone, "6")
        #expect(
            stream.outlet.events == [
                Self.gap("now-1", "now-3", "retention"), Self.event(4), Self.event(5), Self.event(6),
            ])
    }

    @Test func `the id of a gap goes on without another gap`() throws {
        let hub = try TestHub(retainedBytes: 800)
        for number in 1...5 { try hub.publish(.user("bob"), "\(number)") }
        let first = try hub.connect("alice", after: "old-1")
        let id = try #require(first.outlet.events.last?.lastEventID)
        first.disconnect()
        let second = try hub.connect("alice", after: id)
        #expect(second.outlet.events == [])
    }

    @Test func `a log that drops events in the midst of replay is a gap at that place`() throws {
        let hub = try TestHub(settings: Self.smallSteps, retainedBytes: 2000)
        for number in 1...5 { try hub.publish(.everyone, "\(number)") }
        let outlet = RecordingOutlet()
        outlet.onFlush = { [unowned outlet] in outlet.isWritable = outlet.data.isEmpty }
        let stream = try hub.connect("alice", after: hub.id(0), outlet: outlet)
        let read = stream.data.count
        #expect((1...4).contains(read))
        for number in 6...12 { try hub.publish(.everyone, "\(number)") }
        outlet.onFlush = {}
        stream.recover()
        hub.run()
        let events = stream.outlet.events
        #expect(Array(events.prefix(read)) == (1...read).map(Self.event))
        #expect(events[read] == Self.gap("now-\(read)", "now-7", "retention"))
        #expect(Array(events.dropFirst(read + 1)) == (8...12).map(Self.event))
    }

    @Test func `an answer for a stream that has gone is for nobody`() throws {
        let hub = try TestHub()
        try hub.publish(.everyone, "1")
        hub.log.script.isHolding = true
        let stream = try hub.connect("alice", after: hub.id(0))
        stream.disconnect()
        hub.log.release()
        hub.run()
        #expect(stream.data == [])
        #expect(stream.outlet.violations == [])
    }

    @Test func `an event whose time is over is not replayed`() throws {
        let hub = try TestHub()
        try hub.publish(.everyone, "1", ttl: 60)
        try hub.publish(.everyone, "2", ttl: 5)
        try hub.publish(.everyone, "3")
        hub.advance(by: .seconds(10))
        #expect(try hub.connect("alice", after: hub.id(0)).data == ["1", "3"])
    }
}
