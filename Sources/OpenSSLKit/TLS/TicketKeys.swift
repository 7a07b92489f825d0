// What OpenSSL asks for when it makes or reads a session ticket. The handshakes of all event loops meet here, for a moment each.

internal import COpenSSL
internal import NIOCore
internal import Synchronization

/// The ticket keys of one context. They are in memory alone: a restart, and a reload, begin with none.
final class TicketKeys: Sendable {
    private let ring: Mutex<TicketKeyRing>
    private let now: @Sendable () -> NIODeadline

    /// - Parameters:
    ///   - lifetime: for how long a ticket may be used.
    ///   - now: the time.
    init(lifetime: TimeAmount, now: @escaping @Sendable () -> NIODeadline) {
        ring = Mutex(TicketKeyRing(lifetime: lifetime))
        self.now = now
    }

    /// What the callback returns (SSL_CTX_set_tlsext_ticket_key_evp_cb(3)).
    enum Outcome: CInt {
        case failed = -1
        /// The ticket can't be opened: a full handshake follows. Of one to be sealed: it is to be empty.
        case unknown = 0
        case ready = 1
        /// It can be opened, and the client gets a new one.
        case renew = 2
    }

    func seal(
        name: UnsafeMutablePointer<UInt8>, nonce: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer?,
        _ code: OpaquePointer?
    ) -> Outcome {
        let now = now()
        let key = ring.withLock { ring in
            var random = SecureRandom()
            return ring.sealingKey(at: now, using: &random)
        }
        return key.prepareToSeal(name: name, nonce: nonce, cipher, code) ? .ready : .failed
    }

    /// - Parameter isForOneUse: whether the client uses this ticket no more, so that it needs another (RFC 8446 §C.4).
    func open(
        name: UnsafePointer<UInt8>, nonce: UnsafePointer<UInt8>, _ cipher: OpaquePointer?, _ code: OpaquePointer?,
        isForOneUse: Bool
    ) -> Outcome {
        let now = now()
        let name = UnsafeBufferPointer(start: name, count: TicketKey.nameBytes)
        guard let (key, isNewest) = ring.withLock({ $0.openingKey(named: name, at: now) }) else { return .unknown }
        guard key.prepareToOpen(nonce: nonce, cipher, code) else { return .failed }
        return isNewest && !isForOneUse ? .ready : .renew
    }
}
