// Gives OpenSSL the keys when it makes or reads a session ticket. The handshakes of all event loops share these under a
// lock that is held for a moment.

internal import COpenSSL
package import NIOCore
internal import Synchronization

/// The ticket keys of one context, or of several: a context that replaces another goes on with its keys.
package final class TicketKeys: Sendable {
    /// Where keys come from: one of the two is there.
    private struct Source {
        /// Keys in memory alone. After a restart there are none.
        var ring: TicketKeyRing?
        var derived: DerivedTicketKeys?
    }

    private let source: Mutex<Source>
    private let now: @Sendable () -> NIODeadline
    private let calendar: @Sendable () -> Int64

    /// Keys of this process.
    ///
    /// - Parameters:
    ///   - lifetime: for how long a ticket may be used.
    ///   - now: the time.
    package init(lifetime: TimeAmount, now: @escaping @Sendable () -> NIODeadline) {
        source = Mutex(Source(ring: TicketKeyRing(lifetime: lifetime)))
        self.now = now
        calendar = { 0 }
    }

    /// Keys of every process that has the same secret.
    ///
    /// - Parameter calendar: the time, in seconds since 1970-01-01T00:00:00Z.
    package init(_ keys: DerivedTicketKeys, calendar: @escaping @Sendable () -> Int64) {
        source = Mutex(Source(derived: keys))
        now = { .uptimeNanoseconds(0) }
        self.calendar = calendar
    }

    /// What the callback returns (SSL_CTX_set_tlsext_ticket_key_evp_cb(3)).
    enum Outcome: CInt {
        case failed = -1
        /// A ticket to be opened can't be: a full handshake follows. A ticket to be sealed becomes empty.
        case unknown = 0
        case ready = 1
        /// The ticket can be opened, and the client gets a new one.
        case renew = 2
    }

    func seal(
        name: UnsafeMutablePointer<UInt8>, nonce: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer?,
        _ code: OpaquePointer?
    ) -> Outcome {
        guard let key = sealingKey() else { return .failed }
        return key.prepareToSeal(name: name, nonce: nonce, cipher, code) ? .ready : .failed
    }

    /// - Parameter isForOneUse: whether the client uses each ticket once, so that it needs another (RFC 8446 §C.4).
    func open(
        name: UnsafePointer<UInt8>, nonce: UnsafePointer<UInt8>, _ cipher: OpaquePointer?, _ code: OpaquePointer?,
        isForOneUse: Bool
    ) -> Outcome {
        let name = UnsafeBufferPointer(start: name, count: TicketKey.nameBytes)
        guard let (key, isNewest) = openingKey(named: name) else { return .unknown }
        guard key.prepareToOpen(nonce: nonce, cipher, code) else { return .failed }
        return isNewest && !isForOneUse ? .ready : .renew
    }

    private func sealingKey() -> TicketKey? {
        let (now, second) = (now(), calendar())
        return source.withLock { source in
            var random = SecureRandom()
            return source.ring?.sealingKey(at: now, using: &random) ?? source.derived?.sealingKey(at: second)
        }
    }

    private func openingKey(named name: UnsafeBufferPointer<UInt8>) -> (key: TicketKey, isNewest: Bool)? {
        let (now, second) = (now(), calendar())
        return source.withLock { source in
            source.ring?.openingKey(named: name, at: now) ?? source.derived?.openingKey(named: name, at: second)
        }
    }
}
