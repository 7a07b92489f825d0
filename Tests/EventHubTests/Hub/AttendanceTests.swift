import EventLog
import EventStream
import NIOCore
import Testing

@testable import EventHub

/// Subscribers of a topic are told of each other, where the settings say so.
@Suite struct AttendanceTests {
    private static func settings(
        _ topics: [String] = ["room/1", "room/2"], debounce: TimeAmount = .seconds(2), members: Int = 10,
        bytes: Int = 1 << 20
    ) -> PresenceSettings {
        PresenceSettings(
            topics: PresenceTopics(patterns: topics) { topics.contains($0) }, debounce: debounce, members: members,
            bytes: bytes)
    }

    /// A hub whose first time of silence is over, unless `isNew`.
    private static func hub(
        shards: Int = 1, _ presence: PresenceSettings = settings(), isNew: Bool = false,
        limits: StreamLimits = StreamLimits(streams: 10_000, streamsPerUser: 10_000, topicsPerStream: 8)
    ) throws -> TestHub {
        var settings = TestHub.settings
        settings.presence = presence
        let hub = try TestHub(shards: shards, settings: settings, limits: limits)
        if !isNew { pass(presence.debounce, hub) }
        return hub
    }

    /// Lets time pass on all loops side by side.
    private static func pass(_ time: TimeAmount, _ hub: TestHub) {
        for _ in 0..<(time.nanoseconds / 50_000_000) { hub.advance(by: .milliseconds(50)) }
    }

    private static func adopt(_ presence: PresenceSettings, _ hub: TestHub) {
        var settings = hub.settings
        settings.presence = presence
        hub.hub.adopt(settings, hub.limits, keys: [])
        hub.run()
    }

    private static func whole(_ members: [String], topic: String = "room/1") -> String {
        let names = members.map { "\"\($0)\"" }.joined(separator: ",")
        return "{\"topic\":\"\(topic)\",\"members\":[\(names)],\"online\":\(members.count)}"
    }

    private static func change(joined: [String] = [], left: [String] = [], online: Int) -> String {
        let list = { (names: [String]) in names.map { "\"\($0)\"" }.joined(separator: ",") }
        return "{\"topic\":\"room/1\",\"joined\":[\(list(joined))],\"left\":[\(list(left))],\"online\":\(online)}"
    }

    private static let unknown = "{\"topic\":\"room/1\",\"online\":null}"

    // MARK: Who is told

    @Test func `users on two shards are told of each other, once each`() throws {
        let hub = try Self.hub(shards: 2)
        let alice = try hub.connect("alice", topics: ["room/1"])
        Self.pass(.milliseconds(200), hub)
        #expect(alice.presence == [Self.whole(["alice"])])
        Self.pass(.seconds(10), hub)
        let bob = try hub.connect("bob", topics: ["room/1"], shard: 1)
        Self.pass(.milliseconds(200), hub)
        #expect(bob.presence.first == Self.whole(["alice", "bob"]))
        #expect(alice.presence.dropFirst() == [Self.change(joined: ["bob"], online: 2)])
        bob.disconnect()
        Self.pass(.milliseconds(1900), hub)
        #expect(alice.presence.count == 2)
        Self.pass(.milliseconds(300), hub)
        #expect(alice.presence.last == Self.change(left: ["bob"], online: 1))
        Self.pass(.seconds(30), hub)
        #expect(alice.presence.count == 3 && alice.outlet.violations.isEmpty && bob.outlet.violations.isEmpty)
        #expect(hub.metrics.counts.told == alice.presence.count + bob.presence.count)
    }

    private struct Elsewhere: StreamsElsewhere {
        func streamCount(for audience: Audience) -> Int { 0 }
        func streamCount(ofUser user: String) -> Int { 0 }
    }

    @Test func `users at other nodes are told of, and they are told of those here`() throws {
        var settings = TestHub.settings
        settings.presence = Self.settings()
        let hub = try TestHub(settings: settings, elsewhere: Elsewhere())
        Self.pass(settings.presence.debounce, hub)
        let alice = try hub.connect("alice", topics: ["room/1"])
        Self.pass(.milliseconds(200), hub)
        let came = AttendanceChange(topic: "room/1", user: "bob", isThere: true)
        let words = WordsElsewhere(generation: hub.hub.attendanceGeneration, isIncomplete: false, bytes: 1000)
        Self.pass(.seconds(3), hub)
        hub.hub.hearAttendance([came], words, now: hub.loop.now)
        Self.pass(.milliseconds(200), hub)
        #expect(alice.presence == [Self.whole(["alice"]), Self.change(joined: ["bob"], online: 2)])
        let notes = hub.hub.takeAttendance(limit: 10)
        #expect(notes.changes == [AttendanceChange(topic: "room/1", user: "alice", isThere: true)])
        #expect(notes.hidesUsers == false && hub.hub.takeAttendance(limit: 10).changes.isEmpty)
        // What was said for other settings is not heard.
        settings.presence.members = 5
        hub.hub.adopt(settings, hub.limits, keys: [])
        Self.pass(.seconds(3), hub)
        hub.hub.hearAttendance([came], words, now: hub.loop.now)
        Self.pass(.seconds(3), hub)
        #expect(alice.presence.last == Self.whole(["alice"]))
        #expect(hub.hub.attendanceGeneration != words.generation)
        #expect(hub.hub.takeAttendance(limit: 10).changes == notes.changes, "said again")
    }

    @Test func `who reloads, or has several tabs, neither leaves nor joins`() throws {
        let hub = try Self.hub(shards: 2)
        let alice = try hub.connect("alice", topics: ["room/1"])
        let tabs = try [hub.connect("bob", topics: ["room/1"]), hub.connect("bob", topics: ["room/1"], shard: 1)]
        Self.pass(.seconds(5), hub)
        let told = alice.presence.count
        tabs[0].disconnect()
        Self.pass(.seconds(5), hub)
        tabs[1].disconnect()
        Self.pass(.milliseconds(1500), hub)
        let again = try hub.connect("bob", topics: ["room/1"])
        Self.pass(.seconds(5), hub)
        #expect(alice.presence.count == told)
        #expect(again.presence == [Self.whole(["alice", "bob"])])
    }

    @Test func `streams of other topics are neither told nor shown, nor is anybody where no topic is named`() throws {
        let hub = try Self.hub()
        let alice = try hub.connect("alice", topics: ["room/1"])
        let others = try [
            hub.connect("bob", topics: ["room"]), hub.connect("carol"), hub.connect("dave", topics: ["x"]),
        ]
        let next = try hub.connect("erin", topics: ["room/2", "x"])
        Self.pass(.seconds(10), hub)
        #expect(alice.presence == [Self.whole(["alice"])])
        #expect(next.presence == [Self.whole(["erin"], topic: "room/2")])
        #expect(others.allSatisfy { $0.outlet.frames.count == 1 }, "the prelude alone")
        let silent = try Self.hub(.off)
        let stream = try silent.connect("alice", topics: ["room/1"])
        Self.pass(.seconds(10), silent)
        #expect(stream.outlet.frames.count == 1)
        #expect(silent.hub.attendanceTally == AttendanceTally(topics: 0, bytes: 0, uncountedStreams: 0))
    }

    @Test func `it has no id: a page comes back behind the newest event of the log`() throws {
        let hub = try Self.hub()
        let alice = try hub.connect("alice", topics: ["room/1"])
        try hub.publish(.topic("room/1"), "1")
        _ = try hub.connect("bob", topics: ["room/1"])
        Self.pass(.seconds(5), hub)
        let last = try #require(alice.outlet.events.last)
        #expect(last.event == "sluice.presence" && last.lastEventID == hub.id(1))
        #expect(!alice.outlet.frames.contains { String(buffer: $0.bytes).hasPrefix("id:") && $0.isPresence })
        #expect(hub.log.head == 1, "nor is it in the log")
    }

    @Test func `too many are told by their number`() throws {
        let hub = try Self.hub(Self.settings(members: 2))
        let alice = try hub.connect("alice", topics: ["room/1"])
        _ = try hub.connect("bob", topics: ["room/1"])
        Self.pass(.seconds(5), hub)
        _ = try hub.connect("carol", topics: ["room/1"])
        Self.pass(.seconds(5), hub)
        #expect(alice.presence == [Self.whole(["alice", "bob"]), "{\"topic\":\"room/1\",\"online\":3}"])
    }

    @Test func `names are escaped`() throws {
        let hub = try Self.hub()
        let stream = try hub.connect("a\"b\\", topics: ["room/1"])
        Self.pass(.seconds(1), hub)
        #expect(stream.presence == [#"{"topic":"room/1","members":["a\"b\\"],"online":1}"#])
    }

    // MARK: Slow readers, and many

    @Test func `a stream whose socket takes nothing is not written to, and is told the whole later`() throws {
        let hub = try Self.hub()
        let alice = try hub.connect("alice", topics: ["room/1"])
        Self.pass(.seconds(1), hub)
        alice.stall()
        for name in ["bob", "carol"] {
            _ = try hub.connect(name, topics: ["room/1"])
            Self.pass(.seconds(5), hub)
        }
        #expect(alice.presence == [Self.whole(["alice"])])
        alice.recover()
        Self.pass(.milliseconds(1200), hub)
        #expect(alice.presence.dropFirst() == [Self.whole(["alice", "bob", "carol"])])
        #expect(alice.outlet.ending == nil)
    }

    @Test func `a stream that reads the log is told when it has caught up, and no buffer is charged`() throws {
        let hub = try Self.hub()
        for number in 0..<3 { try hub.publish(.everyone, "\(number)") }
        hub.log.script.isHolding = true
        let alice = try hub.connect("alice", topics: ["room/1"], after: hub.id(0))
        Self.pass(.seconds(5), hub)
        #expect(alice.presence == [])
        hub.log.script.isHolding = false
        hub.log.release()
        hub.run()
        Self.pass(.milliseconds(1200), hub)
        #expect(alice.outlet.events.map(\.data) == ["0", "1", "2", Self.whole(["alice"])])
    }

    @Test func `many are told in turns, and events come between them`() throws {
        let hub = try Self.hub()
        let streams = try (0..<6000).map { _ in try hub.connect("alice", topics: ["room/1"]) }
        var toldAtEvent = 0
        var seen = 0
        for stream in streams {
            stream.outlet.onWrite = { frame in
                if frame.isPresence { seen += 1 } else { toldAtEvent = max(toldAtEvent, seen) }
            }
        }
        // To the tick at which they are told, and no further.
        for _ in 0..<1000 where seen == 0 { hub.advance(by: .milliseconds(1)) }
        try hub.publish(.topic("room/1"), "between")
        Self.pass(.seconds(1), hub)
        #expect(seen == 6000 && toldAtEvent > 0 && toldAtEvent < 6000, "\(toldAtEvent) were told before the event")
    }

    @Test func `a gateway that has just started tells of all that have come back at once`() throws {
        let hub = try Self.hub(isNew: true)
        let streams = try ["alice", "bob", "carol"].map { name in
            let stream = try hub.connect(name, topics: ["room/1"])
            Self.pass(.milliseconds(500), hub)
            return stream
        }
        #expect(streams.allSatisfy { $0.presence.isEmpty })
        Self.pass(.seconds(10), hub)
        #expect(streams.map(\.presence) == Array(repeating: [Self.whole(["alice", "bob", "carol"])], count: 3))
    }

    @Test func `a gateway that goes down tells nobody that the others have left`() throws {
        let hub = try Self.hub()
        let streams = try (0..<10).map { try hub.connect("user \($0)", topics: ["room/1"]) }
        Self.pass(.seconds(1), hub)
        let told = streams.map(\.presence.count)
        try #require(hub.hub.shard(on: hub.loop)).assumeIsolated { $0.drain(over: .seconds(20)) }
        Self.pass(.seconds(21), hub)
        #expect(streams.map(\.presence.count) == told && hub.hub.streamCount == 0)
    }

    // MARK: Limits

    @Test func `streams that there is no room for are neither shown nor told, and it is said`() throws {
        let hub = try Self.hub(Self.settings(bytes: 2500))
        let alice = try hub.connect("alice", topics: ["room/1"])
        let bob = try hub.connect("bob", topics: ["room/1"])
        Self.pass(.seconds(1), hub)
        let carol = try hub.connect("carol", topics: ["room/1"])
        Self.pass(.seconds(5), hub)
        #expect(hub.hub.attendanceTally.uncountedStreams == 1)
        #expect(carol.presence == [Self.unknown])
        bob.disconnect()
        Self.pass(.milliseconds(2200), hub)
        let left = Self.change(left: ["bob"], online: 1).dropLast() + ",\"more\":true}"
        #expect(alice.presence.last == String(left))
        Self.pass(.seconds(5), hub)
        #expect(carol.presence.dropFirst().first == Self.whole(["alice", "carol"]), "there is room again")
        #expect(alice.presence.last == Self.change(joined: ["carol"], online: 2))
        #expect(hub.hub.attendanceTally.uncountedStreams == 0)
        carol.disconnect()
        Self.pass(.seconds(5), hub)
        #expect(alice.presence.last == Self.change(left: ["carol"], online: 1))
    }

    @Test func `a user who is counted needs no room for another tab, and is there until the last is closed`() throws {
        let hub = try Self.hub(Self.settings(bytes: 2500))
        let alice = try hub.connect("alice", topics: ["room/1"])
        let first = try hub.connect("bob", topics: ["room/1"])
        Self.pass(.seconds(5), hub)
        let told = alice.presence.count
        let second = try hub.connect("bob", topics: ["room/1"])
        first.disconnect()
        Self.pass(.seconds(10), hub)
        #expect(second.presence == [Self.whole(["alice", "bob"])])
        #expect(alice.presence.count == told && hub.hub.attendanceTally.uncountedStreams == 0)
    }

    @Test func `the limit holds when many come at once, each to a topic of its own`() throws {
        let (topics, limit) = ((0..<300).map { "topic \($0)" }, 64 << 10)
        let hub = try Self.hub(Self.settings(topics, bytes: limit))
        let streams = try topics.map { try hub.connect("of \($0)", topics: [$0]) }
        var most = hub.hub.attendanceTally.bytes
        for _ in 0..<50 {
            Self.pass(.milliseconds(100), hub)
            most = max(most, hub.hub.attendanceTally.bytes)
        }
        #expect(most <= limit && most > limit - 2000)
        for stream in streams { stream.disconnect() }
        Self.pass(.seconds(5), hub)
        #expect(hub.hub.attendanceTally == AttendanceTally(topics: 0, bytes: 0, uncountedStreams: 0))
    }

    /// One who may subscribe to any topic could otherwise use up what there is for all.
    @Test func `a user with many topics has a share, and others are counted`() throws {
        let (topics, limit) = ((0..<300).map { "topic \($0)" }, 1 << 20)
        let hub = try Self.hub(Self.settings(topics + ["room/1"], bytes: limit))
        let streams = try topics.map { try hub.connect("greedy", topics: [$0]) }
        Self.pass(.seconds(5), hub)
        let tally = hub.hub.attendanceTally
        #expect(tally.uncountedStreams > 200 && tally.bytes <= limit / 16 + 1000)
        let alice = try hub.connect("alice", topics: ["room/1"])
        Self.pass(.seconds(1), hub)
        #expect(alice.presence.last?.hasPrefix("{\"topic\":\"room/1\",\"members\":[\"alice\"]") == true)
        // What a user gives back it may bring again.
        for stream in streams.prefix(100) { stream.disconnect() }
        Self.pass(.seconds(10), hub)
        #expect(hub.hub.attendanceTally.topics > 20)
        for stream in streams.dropFirst(100) { stream.disconnect() }
        alice.disconnect()
        Self.pass(.seconds(5), hub)
        #expect(hub.hub.attendanceTally == AttendanceTally(topics: 0, bytes: 0, uncountedStreams: 0))
    }

    @Test func `streams without room are counted in their turn, and none that has ended is kept`() throws {
        let hub = try Self.hub(Self.settings(bytes: 64 << 10))
        let shard = try #require(hub.hub.shard(on: hub.loop))
        for number in 0..<1000 { try hub.connect("user \(number)", topics: ["room/1"]).disconnect() }
        let early = try (0..<200).map { try hub.connect("early \($0)", topics: ["room/1"]) }
        Self.pass(.seconds(3), hub)
        let late = try (0..<100).map { try hub.connect("late \($0)", topics: ["room/1"]) }
        for _ in 0..<1000 { try hub.connect("short", topics: ["room/1"]).disconnect() }
        let uncounted = hub.hub.attendanceTally.uncountedStreams
        #expect(shard.assumeIsolated { $0.attendance.uncounted.count } < 1000)
        for stream in early { stream.disconnect() }
        Self.pass(.seconds(10), hub)
        #expect(uncounted > 0 && hub.hub.attendanceTally.uncountedStreams == 0)
        #expect(late.allSatisfy { $0.presence.last?.hasSuffix("\"online\":100}") == true })
        #expect(shard.assumeIsolated { $0.attendance.uncounted.isEmpty })
    }

    @Test func `a shard whose only streams have no room says so, and says when they have gone`() throws {
        let hub = try Self.hub(shards: 2, Self.settings(bytes: 2500))
        _ = try ["alice", "bob"].map { try hub.connect($0, topics: ["room/1"]) }
        Self.pass(.seconds(1), hub)
        let carol = try hub.connect("carol", topics: ["room/1"], shard: 1)
        Self.pass(.seconds(1), hub)
        #expect(hub.hub.attendanceTally.uncountedStreams == 1 && carol.presence == [Self.unknown])
        carol.disconnect()
        Self.pass(.seconds(1), hub)
        #expect(hub.hub.attendanceTally.uncountedStreams == 0)
    }

    @Test func `when all have left nothing is kept, and nothing runs`() throws {
        weak var gone: EventHub?
        do {
            let hub = try Self.hub(shards: 2)
            gone = hub.hub
            let streams = try (0..<50).map { number in
                try hub.connect("user \(number % 30)", topics: ["room/1", "room/2"], shard: number % 2)
            }
            Self.pass(.seconds(3), hub)
            #expect(hub.hub.attendanceTally.topics == 2 && hub.hub.attendanceTally.bytes > 30 * 200)
            for stream in streams { stream.disconnect() }
            Self.pass(.milliseconds(500), hub)
            #expect(hub.hub.attendanceTally.topics == 2, "they may be back in a moment")
            Self.pass(.seconds(3), hub)
            #expect(hub.hub.attendanceTally == AttendanceTally(topics: 0, bytes: 0, uncountedStreams: 0))
        }
        #expect(gone == nil, "no timer holds it")
    }

    // MARK: Other settings

    @Test func `turned on, open streams are told; turned off, they are told that nobody counts`() throws {
        let hub = try Self.hub(.off)
        let streams = try ["alice", "bob"].map { try hub.connect($0, topics: ["room/1", "x"]) }
        Self.adopt(Self.settings(), hub)
        Self.pass(.milliseconds(1900), hub)
        #expect(streams.allSatisfy { $0.presence.isEmpty })
        Self.pass(.milliseconds(300), hub)
        #expect(streams.allSatisfy { $0.presence == [Self.whole(["alice", "bob"])] })
        Self.adopt(.off, hub)
        Self.pass(.milliseconds(200), hub)
        #expect(streams.allSatisfy { $0.presence.dropFirst() == [Self.unknown] })
        streams[0].disconnect()
        Self.pass(.seconds(5), hub)
        #expect(streams[1].presence.count == 2)
        #expect(hub.hub.attendanceTally == AttendanceTally(topics: 0, bytes: 0, uncountedStreams: 0))
    }

    @Test func `with other topics, those that are counted no more are told so, and the others anew`() throws {
        let hub = try Self.hub(shards: 2)
        let streams = try [0, 1].map { try hub.connect("user \($0)", topics: ["room/1", "room/2"], shard: $0) }
        Self.pass(.seconds(5), hub)
        for _ in 0..<2 { Self.adopt(Self.settings(["room/2"]), hub) }
        Self.pass(.seconds(5), hub)
        let room2 = Self.whole(["user 0", "user 1"], topic: "room/2")
        #expect(streams.allSatisfy { $0.presence.filter { $0.contains("room/1") }.last == Self.unknown })
        #expect(streams.allSatisfy { $0.presence.last == room2 })
        #expect(streams.allSatisfy { $0.presence.filter { $0 == Self.unknown }.count == 1 })
        for stream in streams { stream.disconnect() }
        Self.pass(.seconds(5), hub)
        #expect(hub.hub.attendanceTally.bytes == 0)
    }

    @Test func `turned off, streams that stall before their turn are told when they can take it`() throws {
        let hub = try Self.hub()
        let streams = try (0..<6000).map { _ in try hub.connect("alice", topics: ["room/1"]) }
        Self.pass(.seconds(1), hub)
        var told = 0
        for stream in streams { stream.outlet.onWrite = { _ in told += 1 } }
        Self.adopt(.off, hub)
        for _ in 0..<1000 where told == 0 { hub.advance(by: .milliseconds(1)) }
        let waiting = streams.filter { $0.presence.last != Self.unknown }
        for stream in waiting { stream.stall() }
        // The next tick comes before the round's next turn.
        let now = hub.loop.now
        try #require(hub.hub.shard(on: hub.loop)).assumeIsolated { $0.lookIn(at: now) }
        Self.pass(.seconds(2), hub)
        #expect(!waiting.isEmpty && told > 0)
        for stream in waiting { stream.recover() }
        Self.pass(.seconds(3), hub)
        #expect(streams.allSatisfy { $0.presence.last == Self.unknown })
    }

    @Test func `a revocation does not wait until a reload has counted all streams`() throws {
        let hub = try Self.hub(.off)
        for _ in 0..<6000 { _ = try hub.connect("alice", topics: ["room/1"]) }
        let bob = try hub.connect("bob", topics: ["room/1"], token: TokenMark(id: nil, issuedAt: 1))
        Self.adopt(Self.settings(), hub)
        hub.hub.revoke([Revocation(.user("bob"), issuedBefore: 2, madeAt: WallTime(milliseconds: 1000))])
        hub.hub.wake()
        hub.run()
        // One turn.
        hub.advance(by: .microseconds(150))
        #expect(bob.outlet.ending == .tokenRevoked)
    }

    @Test func `a reload that changes nothing of it is not noticed`() throws {
        let hub = try Self.hub()
        let alice = try hub.connect("alice", topics: ["room/1"])
        Self.pass(.seconds(1), hub)
        Self.adopt(Self.settings(), hub)
        Self.pass(.seconds(10), hub)
        #expect(alice.presence == [Self.whole(["alice"])])
    }
}

extension TestStream {
    /// The data of each `sluice.presence`.
    fileprivate var presence: [String] { outlet.events.filter { $0.event == "sluice.presence" }.map(\.data) }
}

extension EventFrame {
    fileprivate var isPresence: Bool { String(buffer: bytes).contains("event: sluice.presence") }
}
