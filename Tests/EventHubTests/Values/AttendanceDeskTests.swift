import NIOCore
import Testing

@testable import EventHub

/// What a shard has to tell, and to whom: many streams of a topic are looked at in parts.
@Suite struct AttendanceDeskTests {
    private static let now = NIODeadline.uptimeNanoseconds(0)
    private static let later = now + .seconds(1)

    private static func desk(owing count: Int) -> AttendanceDesk {
        var desk = AttendanceDesk(AttendanceBookTests.settings(members: 10), 1, places: 1)
        for number in 0..<count { desk.owe(StreamID(number: UInt64(number)), "room", at: now) }
        return desk
    }

    @Test func `streams that take nothing are looked at in parts, and then a while later`() {
        var (desk, seen) = (Self.desk(owing: 5000), [UInt64]())
        for part in 1...3 {
            #expect(desk.owed["room"]?.dueAt == Self.now)
            var looks = 2048
            let isFound = desk.findsTaker(in: "room", &looks, elseAt: Self.later) { stream in
                seen.append(stream.number)
                return false
            }
            #expect(!isFound && seen.count == min(5000, 2048 * part))
        }
        #expect(seen.sorted() == (0..<5000).map { UInt64($0) }, "each once")
        #expect(desk.owed["room"]?.dueAt == Self.later && desk.owed["room"]?.streams.count == 5000)
    }

    @Test func `the one that takes something is found, wherever it is, and none is lost`() {
        for taker in [0, 2047, 2048, 4999] as [UInt64] {
            var (desk, isFound, parts) = (Self.desk(owing: 5000), false, 0)
            while !isFound, parts < 4 {
                var looks = 2048
                isFound = desk.findsTaker(in: "room", &looks, elseAt: Self.later) { $0.number == taker }
                parts += 1
            }
            #expect(isFound)
            desk.enqueue(whole: .unknown("room"))
            let round = desk.takeRound()
            #expect(round?.owed.count == 5000 && desk.owed.isEmpty)
        }
    }

    @Test func `each topic has its turn, however many there are whose streams take nothing`() {
        var desk = Self.desk(owing: 0)
        for number in 0..<3000 { desk.owe(StreamID(number: UInt64(number)), "topic \(number)", at: Self.now) }
        desk.owe(StreamID(number: 3000), "last", at: Self.now)
        var wanted: [String] = []
        for tick in 0..<12 {
            let now = Self.now + .milliseconds(100 * Int64(tick))
            wanted += desk.wantedTopics(.init(), at: now, elseAt: now + .seconds(1)) { $0.number == 3000 }
        }
        #expect(wanted == ["last"] && desk.owed.count == 3001)
    }

    @Test func `a topic is looked at as often as it is owed, and no longer`() {
        var desk = Self.desk(owing: 10)
        for round in 0..<5 {
            desk.owe(StreamID(number: 1), "room", at: Self.now)
            let wanted = desk.wantedTopics(.init(), at: Self.now, elseAt: Self.later) { _ in true }
            #expect(wanted == ["room"], "once, in round \(round)")
            desk.enqueue(whole: .unknown("room"))
            let none = desk.wantedTopics(.init(), at: Self.now, elseAt: Self.later) { _ in true }
            #expect(none.isEmpty && desk.owed.isEmpty)
        }
    }

    @Test func `those that have ended are forgotten`() {
        var (desk, looks) = (Self.desk(owing: 100), 2048)
        let isFound = desk.findsTaker(in: "room", &looks, elseAt: Self.later) { $0.number < 60 ? nil : false }
        #expect(!isFound && desk.owed["room"]?.streams.count == 40 && looks == 2048 - 100)
        let isThere = desk.findsTaker(in: "room", &looks, elseAt: Self.later) { _ in nil }
        #expect(!isThere && desk.owed.isEmpty)
    }

    /// A round of those that want the whole looks for each in its turn, and not for all at its beginning.
    @Test func `a round looks for no stream before its turn`() throws {
        var desk = Self.desk(owing: 5000)
        desk.enqueue(whole: .unknown("room"))
        let taken = desk.takeRound()
        var round = try #require(taken)
        round.begin(nil)
        var looks = 0
        let stream = round.takeStream { _ in
            looks += 1
            return nil
        }
        #expect(stream == nil && looks == 5000, "none is there any more")
        let again = round.takeStream { _ in nil }
        #expect(again == nil)
    }
}
