import CAllocationCounter
import NIOCore
import Testing

@testable import EventLog

/// What an event counts for is what it takes up, by the allocator's own account.
@Suite struct EventCostTests {
    private static let epoch = Epoch("testepoch")
    private static let now = WallTime(milliseconds: 0)

    private static func name(_ number: Int, bytes: Int) -> String {
        let digits = String(number)
        return digits + String(repeating: "n", count: max(0, bytes - digits.utf8.count))
    }

    private static func append(
        _ count: Int, to log: inout RetainedEvents, dataBytes: Int, audience: (Int) -> Audience
    ) throws {
        let epoch = try #require(epoch)
        for number in 0..<count {
            let data = ByteBuffer(repeating: 0x61, count: dataBytes)
            let event = NewEvent(audience: audience(number), name: nil, data: data)
            log.append(LoggedEvent(event, epoch: epoch, sequence: log.head + 1, now: now), at: now)
        }
    }

    /// What is held for each byte that is counted.
    private static func held(_ work: (inout RetainedEvents) throws -> Void) rethrows -> Double {
        var log = RetainedEvents(LogSettings(bytes: 1 << 30))
        let before = held_bytes()
        try work(&log)
        return Double(held_bytes() - before) / Double(log.byteCount)
    }

    /// The counts are where Swift's tables have just doubled, and where they are about to.
    @Test(arguments: [9, 15, 16, 40, 256], [385, 760, 1540])
    func `events to fresh users, one each`(nameBytes: Int, count: Int) throws {
        let ratio = try Self.held { log in
            try Self.append(count, to: &log, dataBytes: 1) { .user(Self.name($0, bytes: nameBytes)) }
        }
        #expect((0.35...1.05).contains(ratio), "\(ratio)")
    }

    @Test(arguments: [9, 15, 16, 40, 256], [100, 193, 380, 1000])
    func `events to many fresh users each`(nameBytes: Int, users: Int) throws {
        let ratio = try Self.held { log in
            try Self.append(8, to: &log, dataBytes: 1) { event in
                .users((0..<users).map { Self.name(event * users + $0, bytes: nameBytes) })
            }
        }
        #expect((0.35...1.05).contains(ratio), "\(ratio)")
    }

    @Test(arguments: [0, 1, 100, 500, 1000, 65_536])
    func `events of any size to everyone, and to a topic of their own`(dataBytes: Int) throws {
        let toEveryone = try Self.held { log in
            try Self.append(300, to: &log, dataBytes: dataBytes) { _ in .everyone }
        }
        #expect((0.35...1.05).contains(toEveryone), "\(toEveryone)")
        let toTopics = try Self.held { log in
            try Self.append(300, to: &log, dataBytes: dataBytes) { .topic(Self.name($0, bytes: 30)) }
        }
        #expect((0.35...1.05).contains(toTopics), "\(toTopics)")
    }

    /// A busy user's places, the index of many users and the queue of many events each were large once.
    @Test func `what is let go of is let go of`() throws {
        let ratio = try Self.held { log in
            for round in 0..<20 {
                // One event of each round's user stays: the newest. What its places took up does not.
                try Self.append(2000, to: &log, dataBytes: 1) { _ in .user("busy \(round)") }
                try Self.append(4, to: &log, dataBytes: 1) { event in
                    .users((0..<1000).map { "\(round) \(event) \($0)" })
                }
                log.dropAged(WallTime(milliseconds: 8 * 24 * 3600 * 1000))
                #expect(log.floor == log.head - 1)
            }
            try Self.append(1, to: &log, dataBytes: 1) { _ in .everyone }
            log.dropAged(WallTime(milliseconds: 8 * 24 * 3600 * 1000))
        }
        // One event, and the least room that is not worth the work of letting go of it.
        let (allowed, counted) = (64_000.0, Double(EventCost.record + 128))
        #expect(ratio * counted < allowed, "\(ratio * counted) bytes are held for one event")
    }

    @Test func `many users with one old event each hold one event's worth each`() throws {
        var settings = LogSettings(bytes: 1 << 30)
        settings.events = 3000
        var log = RetainedEvents(settings)
        let before = held_bytes()
        for user in 0..<20 {
            try Self.append(2000, to: &log, dataBytes: 1) { _ in .user("busy \(user)") }
            // All of them stay known, by one event each that is always new.
            for other in 0...user { try Self.append(1, to: &log, dataBytes: 1) { _ in .user("busy \(other)") } }
        }
        let ratio = Double(held_bytes() - before) / Double(log.byteCount)
        #expect(ratio < 1.05, "\(ratio)")
    }

    @Test func `an event on its way in counts for its data and for what it is going to be`() {
        let small = NewEvent(audience: .everyone, name: nil, data: ByteBuffer(repeating: 0x61, count: 1))
        let large = NewEvent(audience: .everyone, name: nil, data: ByteBuffer(repeating: 0x61, count: 4096))
        let many = NewEvent(audience: .users((0..<100).map { "user \($0)" }), name: nil, data: small.data)
        #expect(large.cost - small.cost >= 2 * 4095 - 64)
        #expect(many.cost - small.cost == 100 * EventCost.name)
    }
}
