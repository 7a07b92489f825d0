// What each verb of a connection can come to. Values only; what follows from them is the channel handler's business.

package import NIOCore

/// What a step of the handshake came to.
package enum HandshakeOutcome {
    /// The peer's next flight is needed.
    case incomplete
    /// Application data may flow.
    case complete
    /// It is over; an alert may wait among the ciphertext.
    case failed(OpenSSLFailure)
}

/// What decrypting came to: perhaps some plaintext, and what follows it.
package struct ReadOutcome {
    /// The plaintext decrypted, never empty.
    package var plaintext: ByteBuffer?
    /// What to do after it.
    package var status: Status

    /// What follows the plaintext.
    package enum Status {
        /// There may be more: call again.
        case more
        /// All received bytes are used up.
        case incomplete
        /// The peer sent close_notify (RFC 8446 §6.1).
        case closedByPeer
        /// The connection is broken; an alert may wait among the ciphertext.
        case failed(OpenSSLFailure)
    }
}

/// What encrypting one record came to.
package enum WriteOutcome {
    /// The record waits among the ciphertext.
    case complete
    /// The connection is broken.
    case failed(OpenSSLFailure)
}
