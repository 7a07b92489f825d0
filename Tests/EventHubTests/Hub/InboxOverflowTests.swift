import EventLog
import EventLogPromises
import EventStream
import NIOCore
import Testing

@testable import EventHub

/// A shard that is told of more than it may queue lets go of it all, and its streams read the log.
@Suite struct InboxOverflowTests {
    private static let settings = StreamSettings.forTests(
        bufferBytes: 1024, replayStepBytes: 100,
        inboxBytes: 1000)

    @Test func `nothing is lost or doubled`() throws {
        let hub = try TestHub(settings: Self.settings)
        let (alice, bob) = (try hub.connect("alice"), try hub.connect("bob"))
        try hub.publish(.everyone, "1")
        for number in 2...40 { try hub.post(number % 3 == 0 ? .user("bob") : .everyone, "\(number)") }
        hub.run()
        try hub.publish(.everyone, "41")
        #expect(bob.data == (1...41).map(String.init))
        #expect(alice.data == (1...41).filter { $0 % 3 != 0 || $0 == 0 }.map(String.init))
        #expect(hub.log.readCount > 0)
    }

    @Test func `what was held back comes first`() throws {
        let hub = try TestHub(settings: Self.settings)
        let stream = try hub.connect("alice")
        stream.stall()
        try hub.publish(.everyone, "1")
        for number in 2...40 { try hub.post(.everyone, "\(number)") }
        hub.run()
        #expect(stream.data == [])
        #expect(stream.outlet.ending == nil, "the log holds them, not the stream")
        stream.recover()
        hub.run()
        #expect(stream.data == (1...40).map(String.init))
    }

    @Test func `a stream that came in between stays at its place`() throws {
        let hub = try TestHub(settings: Self.settings)
        let first = try hub.connect("alice")
        for number in 1...5 { try hub.post(.everyone, "\(number)") }
        let late = try TestStream(Interest(user: "bob"), hub: hub, loop: hub.loop)
        for number in 6...10 { try hub.post(.everyone, "\(number)") }
        hub.run()
        #expect(first.data == (1...10).map(String.init))
        #expect(late.data == (6...10).map(String.init))
    }

    /// A store has let go of events while this node was cut off from it.
    @Test func `events that went before they could be told are a gap, and what is left is read`() throws {
        let hub = try TestHub(settings: .forTests(), retainedBytes: 2000, isShared: true)
        let stream = try hub.connect("alice")
        try hub.publish(.everyone, "1")
        hub.log.script.isTailLate = true
        for number in 2...40 { hub.store.publish(NewEvent("\(number)")) }
        hub.log.overtake()
        hub.run()
        let floor = hub.log.extent.floor
        #expect(floor > 1 && floor < 40)
        let gap = #"{"requested":"now-1","resumedAt":"now-\#(floor)","reason":"retention"}"#
        #expect(stream.data == ["1", gap] + (floor + 1...40).map(String.init))
        hub.log.script.isTailLate = false
        try hub.publish(.everyone, "41")
        #expect(stream.data.last == "41")
    }

    /// The log's early events have gone, and none of them was this stream's: it has missed nothing.
    @Test func `a quiet stream is not told of a gap that is none`() throws {
        let hub = try TestHub(settings: Self.settings, retainedBytes: 20_000)
        let (quiet, busy) = (try hub.connect("quiet"), try hub.connect("busy"))
        for number in 1...200 { try hub.publish(.user("busy"), "\(number)") }
        for number in 201...220 { try hub.post(.user("busy"), "\(number)") }
        try hub.post(.user("quiet"), "221")
        hub.run()
        #expect(quiet.outlet.events == [ServerSentEvent(lastEventID: "now-221", data: "221")])
        #expect(busy.data == (1...220).map(String.init))
    }

    @Test func `what the log does not hold any more is a gap`() throws {
        let hub = try TestHub(settings: Self.settings, retainedBytes: 2000)
        let stream = try hub.connect("alice")
        try hub.publish(.everyone, "1")
        for number in 2...40 { try hub.post(.everyone, "\(number)") }
        hub.run()
        let events = stream.outlet.events
        #expect(events.map(\.event).filter { $0 == "sluice.gap" }.count == 1)
        #expect(events.first?.data == "1")
        #expect(events.dropFirst().first?.event == "sluice.gap")
        #expect(events.last?.data == "40")
    }
}
