// What following a log leaves to others: time, chance, telling.

internal import EventLog

/// Clock and chance of a node's log.
struct FollowerHands: Sendable {
    /// The calendar clock.
    let clock: @Sendable () -> WallTime
    /// 64 random bits.
    let random: @Sendable () -> UInt64
    /// Told of what an operator should know.
    let report: @Sendable (JetStreamNotice) -> Void
    /// What the node's inboxes are called: nobody else's are.
    let name: String

    init(
        clock: @escaping @Sendable () -> WallTime, random: @escaping @Sendable () -> UInt64,
        report: @escaping @Sendable (JetStreamNotice) -> Void
    ) {
        (self.clock, self.random, self.report) = (clock, random, report)
        name = "\(random())\(random())"
    }

    /// From 0 to 1.
    var chance: Double { Double(random() >> 11) / Double(1 << 53) }

    /// A name that no log has had.
    var freshEpoch: Epoch {
        var bits = Bits(random: random)
        return Epoch.fresh(using: &bits)
    }

    private struct Bits: RandomNumberGenerator {
        let random: @Sendable () -> UInt64

        mutating func next() -> UInt64 { random() }
    }
}
