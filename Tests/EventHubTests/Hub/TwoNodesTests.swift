import EventLog
import EventLogPromises
import EventStream
import NIOCore
import Testing

@testable import EventHub

/// Two gateways on one store: each delivers what either took, and a client may come back to the other.
@Suite struct TwoNodesTests {
    private let here: TestHub
    private let there: TestHub

    init() throws {
        here = try TestHub(isShared: true)
        there = TestHub(
            loops: [ManualEventLoop()], log: here.store.front(), settings: TestHub.settings, limits: TestHub.limits)
    }

    private func run() {
        here.run()
        there.run()
    }

    @Test func `others' events may stand between those of a batch, and each receipt names its own`() throws {
        let streams = [try here.connect("alice"), try there.connect("alice")]
        here.store.putBetween([NewEvent("theirs")])
        let receipts = try here.post([NewEvent("a"), NewEvent("b")])
        run()
        #expect(receipts.map(\.id.sequence) == [1, 3])
        #expect(receipts.map(\.streams) == [1, 1], "a node counts its own streams")
        for stream in streams { #expect(stream.data == ["a", "theirs", "b"]) }
    }

    @Test func `an answer that is lost is asked for again, of either node, and the event is there once`() throws {
        let stream = try there.connect("alice")
        let key = PublishKey(publisher: "backend", key: "1", digest: [])
        here.log.script.lostAnswers = 1
        #expect(throws: EventLogError.self) { try here.post([NewEvent("a")], key: key) }
        for hub in [here, there] {
            let receipts = try hub.post([NewEvent("a")], key: key)
            #expect(receipts.map(\.id.description) == ["now-1"])
        }
        run()
        #expect(stream.data == ["a"])
        #expect(here.store.head == 1)
    }

    @Test func `a client that comes over goes on behind its last event, though this node is late`() throws {
        there.log.script.isTailLate = true
        for number in 1...3 { try here.publish(.everyone, "\(number)") }
        let stream = try there.connect("alice", after: here.id(2))
        #expect(stream.data == [])
        there.log.tellLate(2)
        there.run()
        #expect(stream.data == [])
        there.log.tellLate(1)
        there.run()
        try here.publish(.everyone, "4")
        there.log.tellLate(1)
        there.run()
        #expect(stream.data == ["3", "4"])
    }

    @Test func `a node that is cut off delivers late, and the other does not notice`() throws {
        let (near, far) = (try here.connect("alice"), try there.connect("alice"))
        there.log.cutOff()
        there.run()
        try here.publish(.everyone, "1")
        #expect(throws: EventLogError.self) { try there.post(.everyone, "refused") }
        there.advance(by: .seconds(6))
        there.log.reconnect()
        run()
        #expect(near.data == ["1"])
        #expect(far.outlet.events.map(\.event) == ["sluice.delayed", "message", "sluice.current"])
        #expect(far.data[1] == "1")
    }
}
