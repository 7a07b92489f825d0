import EventLog
import EventStream
import NIOCore
import Testing

@testable import EventHub

/// An event reaches the streams of exactly its audience, in the log's order, in as few flushes as it takes.
@Suite struct DeliveryTests {
    @Test func `a user's event reaches all of that user's streams and nobody else's`() throws {
        let hub = try TestHub()
        let (first, second) = (try hub.connect("alice"), try hub.connect("alice"))
        let bob = try hub.connect("bob")
        #expect(try hub.publish(.user("alice"), "1").streams == 2)
        #expect(first.data == ["1"])
        #expect(second.data == ["1"])
        #expect(bob.data == [])
    }

    @Test func `each audience has its streams`() throws {
        let hub = try TestHub()
        let alice = try hub.connect("alice", topics: ["news", "sport"])
        let bob = try hub.connect("bob", topics: ["news"])
        let carol = try hub.connect("carol")
        let receipts = [
            try hub.publish(.everyone, "everyone"), try hub.publish(.topic("news"), "news"),
            try hub.publish(.topic("sport"), "sport"), try hub.publish(.topic("none"), "none"),
            try hub.publish(.users(["bob", "carol", "nobody"]), "users"), try hub.publish(.user("nobody"), "nobody"),
        ]
        #expect(receipts.map(\.streams) == [3, 2, 1, 0, 2, 0])
        #expect(receipts.map(\.id.sequence) == [1, 2, 3, 4, 5, 6])
        #expect(alice.data == ["everyone", "news", "sport"])
        #expect(bob.data == ["everyone", "news", "users"])
        #expect(carol.data == ["everyone", "users"])
    }

    /// The tutorial's server forgot all of a user's tabs when one of them was closed.
    @Test func `one of a user's streams that goes leaves the others`() throws {
        let hub = try TestHub()
        let streams = try (0..<3).map { _ in try hub.connect("alice", topics: ["news"]) }
        streams[0].disconnect()
        #expect(try hub.publish(.user("alice"), "1").streams == 2)
        streams[2].disconnect()
        #expect(try hub.publish(.topic("news"), "2").streams == 1)
        #expect(streams.map(\.data) == [[], ["1", "2"], ["1"]])
    }

    @Test func `a stream opens with the retry time, where it begins, and a flush`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice")
        let opening = ServerSentEvent(lastEventID: "now-0", event: "sluice.open", data: #"{"stream":"0-1"}"#)
        #expect(stream.outlet.items == [.retry(milliseconds: 3000), .event(opening)])
        #expect(stream.outlet.flushCount == 1)
    }

    @Test func `an event carries its id and its name`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice")
        try hub.post(.everyone, "one\ntwo", name: EventName("comment"))
        hub.run()
        #expect(
            stream.outlet.events == [ServerSentEvent(lastEventID: "now-1", event: "comment", data: "one\ntwo")])
    }

    @Test func `events of one turn of the loop are flushed once per stream`() throws {
        let hub = try TestHub()
        let (alice, bob) = (try hub.connect("alice"), try hub.connect("bob"))
        for number in 1...20 { try hub.post(.everyone, "\(number)") }
        try hub.post(.user("alice"), "21")
        hub.run()
        #expect(alice.data == (1...21).map(String.init))
        #expect(bob.data == (1...20).map(String.init))
        #expect(alice.outlet.flushCount == 2)
        #expect(bob.outlet.flushCount == 2)
    }

    @Test func `what fills a TLS record is flushed on the way`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice")
        let data = String(repeating: "x", count: 5000)
        for _ in 0..<10 { try hub.post(.everyone, data) }
        hub.run()
        #expect(stream.data == Array(repeating: data, count: 10))
        #expect(stream.outlet.unflushedFrames == 0)
        #expect((3...5).contains(stream.outlet.flushCount), "16 KiB at a time")
    }

    @Test func `a batch has its receipts in its order`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice")
        let receipts = try hub.post(
            [Audience.user("alice"), .user("bob"), .everyone].map {
                NewEvent(audience: $0, name: nil, data: ByteBuffer(string: $0.kind))
            })
        hub.run()
        #expect(receipts.map(\.id.description) == ["now-1", "now-2", "now-3"])
        #expect(receipts.map(\.streams) == [1, 0, 1])
        #expect(stream.data == ["user", "everyone"])
        #expect(try hub.post([]) == [])
    }

    @Test func `streams of several shards all get the same`() throws {
        let hub = try TestHub(shards: 3)
        let streams = try (0..<6).map { try hub.connect("alice", shard: $0 % 3) }
        #expect(try hub.publish(.user("alice"), "1").streams == 6)
        #expect(streams.map(\.data) == Array(repeating: ["1"], count: 6))
        streams[1].disconnect()
        streams[4].disconnect()
        #expect(try hub.publish(.everyone, "2").streams == 4)
        #expect(streams.map(\.data.count) == [2, 1, 2, 2, 1, 2])
    }

    @Test func `a loop that is none of the hub's has no shard`() throws {
        let hub = try TestHub()
        #expect(hub.hub.shard(on: ManualEventLoop()) == nil)
    }

    @Test func `what happened is counted`() throws {
        let hub = try TestHub()
        let (alice, bob) = (try hub.connect("alice"), try hub.connect("bob"))
        try hub.publish(.everyone, "1")
        try hub.publish(.user("alice"), "2")
        bob.stall()
        try hub.publish(.user("bob"), "held")
        try hub.publish(.user("nobody"), "4")
        alice.disconnect()
        alice.disconnect()
        #expect(
            hub.metrics.counts
                == CountingMetrics.Counts(
                    opened: 2, ended: [.clientClosed: 1], published: ["everyone": 1, "user": 3], delivered: 4))
        #expect(hub.hub.streamCount == 1)
    }

    @Test func `replayed events are counted as delivered`() throws {
        let hub = try TestHub()
        for number in 1...5 { try hub.publish(.everyone, "\(number)") }
        _ = try hub.connect("alice", after: hub.id(2))
        #expect(hub.metrics.counts.delivered == 3)
    }

    @Test func `a log that can't be written to is the publisher's to hear of`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice")
        hub.log.script.failure = EventLogError(.unavailable, "The disk is full.")
        let error = #expect(throws: EventLogError.self) { try hub.publish(.everyone, "1") }
        #expect(error?.code == .unavailable)
        #expect(error?.description == "log-unavailable: The disk is full.")
        #expect(stream.data == [])
        #expect(hub.metrics.counts.published == [:])
    }
}
