// Which key a ticket is sealed with, and with which older ones it may still be opened. A value: time and randomness are
// passed in.

internal import NIOCore

/// The keys of session tickets, each for a time.
///
/// A ticket may be used for one lifetime. A key seals for half a lifetime and opens for one more, so no ticket is
/// refused before its time. Whoever gets hold of the process's memory can open what was sealed in the last one and a
/// half lifetimes, and nothing older (RFC 8446 §C.4, RFC 5077 §5.5).
struct TicketKeyRing {
    private let lifetime: TimeAmount
    /// The keys, newest first.
    private(set) var keys: [(key: TicketKey, since: NIODeadline)] = []

    /// - Parameter lifetime: for how long a ticket may be used.
    init(lifetime: TimeAmount) {
        self.lifetime = lifetime
    }

    /// The key to seal with. It is a new one when the last one's time is over.
    mutating func sealingKey(at now: NIODeadline, using random: inout some RandomNumberGenerator) -> TicketKey {
        dropOld(at: now)
        if let newest = keys.first, now < newest.since + turn { return newest.key }
        let key = TicketKey(using: &random)
        keys.insert((key, now), at: 0)
        return key
    }

    /// The key that a ticket names, and whether it is still the one to seal with. Nil when its time is over, or when it
    /// was never ours.
    mutating func openingKey(
        named name: UnsafeBufferPointer<UInt8>, at now: NIODeadline
    ) -> (key: TicketKey, isNewest: Bool)? {
        dropOld(at: now)
        guard let index = keys.firstIndex(where: { $0.key.isNamed(name) }) else { return nil }
        return (keys[index].key, index == 0 && now < keys[index].since + turn)
    }

    private var turn: TimeAmount { .nanoseconds(lifetime.nanoseconds / 2) }

    private mutating func dropOld(at now: NIODeadline) {
        let time = turn + lifetime
        keys.removeAll { $0.since + time <= now }
    }
}
