// Ticket keys that every process with the same secret has at the same time. So sessions are resumed after a restart,
// and when a client connects to another node. A value: the time is passed in.

/// The keys of session tickets, derived from a secret and the calendar.
///
/// Time is cut into turns of half a ticket's lifetime, counted since 1970, and each turn has a key, by HMAC-SHA-256 of
/// its number in the way of HKDF-Expand (RFC 5869 §2.3). As with ``TicketKeyRing``, a key seals for half a lifetime and
/// opens for one more. It opens a turn before its own, too: another node's clock may be ahead.
package struct DerivedTicketKeys {
    /// The fewest bytes of a secret.
    package static let minimumSecretBytes = 32

    /// The size of an HMAC-SHA-256 code.
    private static let blockBytes = 32

    private let secret: HMACKey
    private let turnSeconds: Int64
    private var keys: [Int64: TicketKey] = [:]

    /// - Parameters:
    ///   - secret: at least ``minimumSecretBytes`` that nobody can foresee.
    ///   - lifetimeSeconds: for how long a ticket may be used; the same in all processes that share the secret.
    package init(secret: [UInt8], lifetimeSeconds: Int64) throws(OpenSSLFailure) {
        self.secret = try HMACKey(secret: secret, hash: .sha256)
        turnSeconds = max(1, lifetimeSeconds / 2)
    }

    /// The key to seal with; nil when OpenSSL has no memory.
    mutating func sealingKey(at now: Int64) -> TicketKey? { key(of: turn(at: now), at: now) }

    /// The key that a ticket names, and whether it is still the one to seal with. Nil when its time is over, or when it
    /// was made with another secret.
    mutating func openingKey(
        named name: UnsafeBufferPointer<UInt8>, at now: Int64
    ) -> (key: TicketKey, isNewest: Bool)? {
        let current = turn(at: now)
        // The newest key comes first, because most tickets are young.
        for turn in [current, current - 1, current - 2, current + 1] {
            if let key = key(of: turn, at: now), key.isNamed(name) { return (key, turn >= current) }
        }
        return nil
    }

    private func turn(at now: Int64) -> Int64 {
        let (whole, rest) = now.quotientAndRemainder(dividingBy: turnSeconds)
        return rest < 0 ? whole - 1 : whole
    }

    private mutating func key(of turn: Int64, at now: Int64) -> TicketKey? {
        if let key = keys[turn] { return key }
        guard let key = try? derive(turn) else { return nil }
        let current = self.turn(at: now)
        keys = keys.filter { (current - 2...current + 1).contains($0.key) }
        keys[turn] = key
        return key
    }

    private func derive(_ turn: Int64) throws(OpenSSLFailure) -> TicketKey {
        let label = Array("sluice ticket key".utf8) + withUnsafeBytes(of: turn.bigEndian, Array.init)
        var bytes: [UInt8] = []
        // The array has room for all keys from the start: one that grows would leave copies of keys behind.
        bytes.reserveCapacity(TicketKey.byteCount + Self.blockBytes)
        defer { wipe(&bytes) }
        var block: [UInt8] = []
        defer { wipe(&block) }
        var number: UInt8 = 0
        while bytes.count < TicketKey.byteCount {
            number += 1
            var message: [UInt8] = []
            message.reserveCapacity(Self.blockBytes + label.count + 1)
            defer { wipe(&message) }
            message += block
            message += label
            message.append(number)
            var next = try secret.authenticationCode(for: message.span)
            swap(&block, &next)
            wipe(&next)
            bytes += block
        }
        return TicketKey(bytes.prefix(TicketKey.byteCount))
    }
}
