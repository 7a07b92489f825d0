import CAllocationCounter
import NIOCore
import Testing

@testable import EventHub

/// What attendance is counted with is what it takes up, by the allocator's own account, and gone when its users are.
@Suite struct AttendanceCostTests {
    /// The book and the table of one place.
    private struct Kept {
        var book = AttendanceBook(
            AttendanceBookTests.settings(members: 1000), generation: 1, places: 2, now: .uptimeNanoseconds(0))
        var table = AttendanceTable(places: 2)
        var now = NIODeadline.uptimeNanoseconds(0)

        mutating func lookIn() {
            now = now + .milliseconds(100)
            _ = book.exchange(AttendanceReport(changes: table.takeChanges(limit: .max)), at: 0, now: now)
        }

        mutating func pass(seconds: Int) { for _ in 0..<(10 * seconds) { lookIn() } }

        var bytes: Int { book.bytes + table.bytes }
    }

    private static func name(_ number: Int, bytes: Int) -> String {
        let digits = String(number)
        return digits + String(repeating: "n", count: max(0, bytes - digits.utf8.count))
    }

    /// The counts are where Swift's tables have just doubled, and where they are about to.
    @Test(arguments: [9, 40, 256], [385, 760, 1540])
    func `users of one topic, and one user each of many`(nameBytes: Int, count: Int) {
        for topics in [1, count] {
            // The Swift runtime takes 16 KiB for the types that it meets for the first time, and keeps them.
            _ = Self.held(count, nameBytes, topics)
            let ratio = Self.held(count, nameBytes, topics)
            #expect((0.15...1.05).contains(ratio), "\(ratio) with \(topics) topics")
        }
    }

    /// What users take up of what they are counted with.
    private static func held(_ count: Int, _ nameBytes: Int, _ topics: Int) -> Double {
        let before = held_bytes()
        var kept = Kept()
        for number in 0..<count {
            kept.table.enter(name(number, bytes: nameBytes), name(number % topics, bytes: nameBytes))
        }
        kept.pass(seconds: 2)
        return Double(held_bytes() - before) / Double(kept.bytes)
    }

    /// So the limit holds however many come before the book has heard of the first.
    @Test func `all is charged when a user comes, and a user who is there costs nothing`() {
        var kept = Kept()
        for number in 0..<100 {
            let (user, topics) = ("user \(number % 30)", ["topic \(number % 7)", "other \(number)"])
            let (cost, before) = (kept.table.cost(of: user, in: topics), kept.bytes)
            for topic in topics { kept.table.enter(user, topic) }
            #expect(kept.bytes - before == cost && cost > 0)
            #expect(kept.table.cost(of: user, in: topics) == 0)
        }
        let charged = kept.bytes
        kept.lookIn()
        #expect(kept.bytes == charged)
        // Who has gone before the book has heard is given back.
        kept.table.enter("late", "late")
        kept.table.leave("late", "late")
        kept.lookIn()
        #expect(kept.bytes == charged)
    }

    @Test(arguments: [64 << 10, 1 << 20, 16 << 20, 1 << 30])
    func `a user's share is the same of all, however many places there are`(bytes: Int) {
        let settings = PresenceSettings(topics: .none, debounce: .seconds(1), members: 1, bytes: bytes)
        for places in [1, 2, 3, 16, 64] {
            let all = settings.bytesPerUser(places: places) * places
            #expect(all <= max(bytes / 16, 32 << 10, (8 << 10) * places) && all > bytes / 16 - places)
        }
    }

    @Test func `a user's share is what it has brought, and comes back with its topics`() {
        var table = AttendanceTable(places: 1)
        let share = 32 * 1024
        var (count, cost) = (0, table.cost(of: "alice", in: ["0"]))
        while table.hasRoom(for: cost, of: "alice", share: share) {
            table.enter("alice", "\(count)")
            count += 1
            cost = table.cost(of: "alice", in: ["\(count)"])
        }
        #expect((15...20).contains(count) && table.bytes <= share && table.bytes + cost > share)
        #expect(table.hasRoom(for: table.cost(of: "bob", in: ["x"]), of: "bob", share: share))
        #expect(table.hasRoom(for: table.cost(of: "alice", in: ["3"]), of: "alice", share: share), "it is there")
        _ = table.takeChanges(limit: .max)
        for topic in 0..<count { table.leave("alice", "\(topic)") }
        _ = table.takeChanges(limit: .max)
        #expect(table.bytes == 0 && table.isEmpty)
        #expect(table.hasRoom(for: share, of: "alice", share: share))
    }

    @Test func `users who have come and gone leave nothing`() {
        var kept = Kept()
        let round = { (kept: inout Kept) in
            for number in 0..<2000 { kept.table.enter("user \(number)", "topic \(number % 50)") }
            kept.pass(seconds: 2)
            for number in 0..<2000 { kept.table.leave("user \(number)", "topic \(number % 50)") }
            kept.pass(seconds: 4)
        }
        round(&kept)
        let before = held_bytes()
        for _ in 0..<3 { round(&kept) }
        #expect(kept.bytes == 0)
        #expect(held_bytes() - before < 16 * 1024, "\(held_bytes() - before) bytes are left")
    }
}
