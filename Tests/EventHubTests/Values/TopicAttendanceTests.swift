import NIOCore
import Testing

@testable import EventHub

/// When the users of a topic are told of each other, and what.
@Suite struct TopicAttendanceTests {
    /// A topic with a clock of its own.
    private struct Room {
        var attendance = TopicAttendance("room", places: 2)
        var now = NIODeadline.uptimeNanoseconds(0)
        var settings: PresenceSettings

        init(members: Int = 3) {
            settings = PresenceSettings(
                topics: PresenceTopics(patterns: ["*"]) { _ in true }, debounce: .seconds(5), members: members,
                bytes: 1 << 20)
        }

        mutating func enter(_ users: String..., at place: Int? = 0) {
            for user in users { attendance.enter(user, at: place) }
        }

        mutating func leave(_ users: String..., at place: Int? = 0) {
            for user in users { attendance.leave(user, at: place, now: now) }
        }

        /// Looks after so many seconds.
        mutating func look(after seconds: Double = 0) -> TopicAttendance.Look {
            now = now + .nanoseconds(Int64(seconds * 1e9))
            return attendance.look("room", at: now, settings)
        }

        /// What is told after so many seconds; nothing when nothing is.
        mutating func told(after seconds: Double = 0) -> Told? {
            guard case .tell(let news, _) = look(after: seconds) else { return nil }
            return Told(
                online: news.online ?? -1, members: news.members?.sorted(), joined: news.change?.joined.sorted(),
                left: news.change?.left.sorted())
        }
    }

    private struct Told: Equatable {
        let online: Int
        var members: [String]?
        var joined: [String]?
        var left: [String]?
    }

    @Test func `the first are told at once, and then who comes and goes`() {
        var room = Room()
        room.enter("alice", "bob")
        #expect(room.told() == Told(online: 2, members: ["alice", "bob"]))
        #expect(room.look() == .wait(until: nil))
        room.enter("carol")
        #expect(room.look() == .wait(until: room.now + .seconds(5)), "one event in this time")
        #expect(
            room.told(after: 5) == Told(online: 3, members: ["alice", "bob", "carol"], joined: ["carol"], left: []))
        room.leave("bob")
        #expect(room.look(after: 4.9) == .wait(until: room.now + .milliseconds(100)))
        #expect(room.told(after: 0.1) == Told(online: 2, members: ["alice", "carol"], joined: [], left: ["bob"]))
    }

    @Test func `who comes when nothing was told for long is told of at once`() {
        var room = Room()
        room.enter("alice")
        _ = room.told()
        #expect(room.told(after: 60) == nil)
        room.enter("bob")
        #expect(room.told()?.joined == ["bob"])
    }

    @Test func `who is back in time was not away, wherever it comes back`() {
        var room = Room()
        room.enter("alice", "bob")
        _ = room.told()
        room.leave("bob")
        #expect(room.told(after: 4) == nil)
        room.enter("bob", at: 1)
        #expect(room.told(after: 60) == nil)
        room.enter("bob")
        room.leave("bob", at: 1)
        #expect(room.told(after: 60) == nil, "it has streams elsewhere")
        #expect(!room.attendance.hasUsers(at: 1) && room.attendance.hasUsers(at: 0))
    }

    @Test func `users at other nodes are told of, and nobody is told for them`() {
        var room = Room()
        room.enter("bob", "carol", at: nil)
        #expect(!room.attendance.isVacant && room.look() == .wait(until: nil), "nobody is here")
        room.enter("alice")
        #expect(room.told() == Told(online: 3, members: ["alice", "bob", "carol"]))
        #expect(room.attendance.isHere("alice") && !room.attendance.isHere("bob"))
        room.leave("bob", at: nil)
        room.enter("bob")
        #expect(room.told(after: 60) == nil, "it has moved here")
        room.leave("carol", at: nil)
        #expect(room.told(after: 5)?.left == ["carol"])
        room.leave("carol", at: nil)
        room.leave("carol")
        #expect(room.told(after: 60) == nil, "a word too many is none")
    }

    @Test func `what comes and goes elsewhere while nobody is here takes no room`() {
        var room = Room(members: 10)
        room.enter("alice")
        room.enter("stays", at: nil)
        _ = room.told()
        room.leave("alice")
        _ = room.look(after: 5)
        let bytes = room.attendance.bytes
        for number in 0..<100 {
            room.enter("\(number)", at: nil)
            room.leave("\(number)", at: nil)
            #expect(room.told(after: 5) == nil)
        }
        #expect(room.attendance.bytes == bytes && room.attendance.online == 1)
        room.enter("alice")
        #expect(room.told() == Told(online: 2, members: ["alice", "stays"]), "the whole: it may have missed anything")
    }

    @Test func `all that happens in the time between is one event`() {
        var room = Room(members: 10)
        room.enter("alice", "bob", "carol", "dave", "frank", "grace")
        _ = room.told()
        room.leave("bob")
        _ = room.look(after: 1)
        room.enter("erin")
        _ = room.look(after: 1)
        room.leave("carol", "erin")
        room.enter("heidi")
        let members = ["alice", "dave", "frank", "grace", "heidi"]
        #expect(
            room.told(after: 5)
                == Told(online: 5, members: members, joined: ["heidi"], left: ["bob", "carol", "erin"]))
        #expect(room.look() == .wait(until: nil))
    }

    @Test func `one that came and went untold is told as gone: who came meanwhile has heard of it`() {
        var room = Room(members: 10)
        room.enter("alice", "bob")
        _ = room.told()
        room.enter("carol")
        #expect(room.attendance.whole("room", 10).members?.contains("carol") == true)
        room.leave("carol")
        // Carol's time and the topic's end together.
        #expect(room.told(after: 5) == Told(online: 2, members: ["alice", "bob"], joined: [], left: ["carol"]))
    }

    @Test func `one that is told as gone and comes back before that was told has come`() {
        var room = Room(members: 10)
        room.settings.debounce = .seconds(5)
        room.enter("alice", "bob")
        _ = room.told()
        room.leave("bob")
        _ = room.look(after: 4)
        room.enter("carol")
        // Told now, so that bob's end comes before the topic may be told of again.
        #expect(room.told(after: 1)?.left == ["bob"])
        room.leave("carol")
        #expect(room.told(after: 4.9) == nil)
        #expect(room.told(after: 0.1)?.left == ["carol"])
        room.enter("carol")
        #expect(room.told(after: 5)?.joined == ["carol"])
    }

    @Test func `too many are told by number, and by name again when they are fewer`() {
        var room = Room(members: 3)
        room.enter("a", "b", "c")
        #expect(room.told()?.members == ["a", "b", "c"])
        room.enter("d")
        #expect(room.told(after: 5) == Told(online: 4))
        room.enter("e")
        #expect(room.told(after: 5) == Told(online: 5))
        room.leave("e")
        #expect(room.told(after: 5) == Told(online: 4))
        room.leave("d")
        #expect(
            room.told(after: 5) == Told(online: 3, members: ["a", "b", "c"]), "all of them: they were no longer told")
    }

    @Test func `a change has no more names than all have`() {
        var room = Room(members: 3)
        room.enter("a", "b", "c")
        _ = room.told()
        room.leave("a", "b")
        room.enter("d")
        #expect(room.told(after: 5) == Told(online: 2, members: ["c", "d"]))
    }

    @Test func `with no names allowed the number alone is told`() {
        var room = Room(members: 0)
        room.enter("a")
        #expect(room.told() == Told(online: 1))
        room.enter("b")
        #expect(room.told(after: 5) == Told(online: 2))
        room.enter("c")
        room.leave("b")
        #expect(room.told(after: 5) == nil, "as many as before")
    }

    @Test func `a large topic is told less often`() {
        var room = Room(members: 3)
        for number in 0..<50_000 { room.enter("\(number)") }
        #expect(room.told() == Told(online: 50_000))
        room.enter("one more")
        #expect(room.told(after: 9.9) == nil, "5000 events in a second at most")
        #expect(room.told(after: 0.2) == Told(online: 50_001))
    }

    @Test func `many who go at once are looked at in turns`() {
        var room = Room(members: 3)
        let users = (0..<(2 * TopicAttendance.looksAtOnce)).map(String.init)
        for user in users { room.enter(user) }
        room.enter("stays")
        _ = room.told()
        for user in users { room.leave(user) }
        #expect(room.look(after: 5) == .again)
        #expect(room.told() == Told(online: 1, members: ["stays"]))
    }

    @Test func `when nobody is left nobody is told, and then all is forgotten`() {
        var room = Room()
        let empty = room.attendance.bytes
        room.enter("alice", "bob")
        _ = room.told()
        room.leave("alice", "bob")
        #expect(room.attendance.isVacant && room.attendance.online == 2)
        #expect(room.look(after: 4) == .wait(until: room.now + .seconds(1)))
        #expect(room.look(after: 1) == .gone)
        #expect(room.attendance.bytes == empty)
    }

    @Test func `who comes and goes all the time takes no more room than who stays`() {
        var room = Room()
        room.enter("alice", "bob")
        let bytes = room.attendance.bytes
        _ = room.told()
        for _ in 0..<1000 {
            room.leave("bob")
            _ = room.look(after: 0.1)
            room.enter("bob")
        }
        #expect(room.attendance.bytes == bytes)
        room.leave("bob")
        #expect(room.told(after: 4.9) == nil)
        #expect(room.told(after: 0.1)?.left == ["bob"], "neither sooner nor later than who leaves once")
    }
}
