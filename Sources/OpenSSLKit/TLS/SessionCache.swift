// Sessions a client may resume, by the server's name. Bounded; the server's side keeps nothing at all.

internal import COpenSSL
internal import Synchronization

/// A TLS session to resume.
///
/// Unchecked because it holds a C pointer: a session is not changed after its callback, and OpenSSL counts references
/// under a lock.
final class Session: @unchecked Sendable {
    let pointer: OpaquePointer

    /// - Parameter pointer: An `SSL_SESSION` at +1, consumed.
    init(takingOwnership pointer: OpaquePointer) { self.pointer = pointer }

    deinit { SSL_SESSION_free(pointer) }

    /// A TLS 1.3 ticket is used once, so that connections cannot be linked by it (RFC 8446 §C.4).
    var isForOneUse: Bool { SSL_SESSION_get_protocol_version(pointer) >= TLS1_3_VERSION }
}

/// The latest session of each server, for at most ``limit`` servers.
final class SessionCache: Sendable {
    /// How many servers are remembered.
    static let limit = 64

    private let sessions = Mutex<[PeerName: Session]>([:])

    /// Remembers a session. Beyond the limit it forgets some other server's.
    func keep(_ session: Session, for name: PeerName) {
        sessions.withLock { sessions in
            if sessions.count >= Self.limit, sessions[name] == nil, let other = sessions.keys.first {
                sessions[other] = nil
            }
            sessions[name] = session
        }
    }

    /// Offers the server's latest session, if there is one, in the handshake to come.
    func resume(_ name: PeerName, on ssl: OpaquePointer) {
        let session = sessions.withLock { sessions in
            let session = sessions[name]
            if session?.isForOneUse == true { sessions[name] = nil }
            return session
        }
        if let session { SSL_set_session(ssl, session.pointer) }
    }
}
