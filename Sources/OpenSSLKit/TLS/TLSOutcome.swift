// The outcomes of a connection's verbs. Values only: the channel handler decides what follows from them.

package import NIOCore

/// The outcome of a step of the handshake.
package enum HandshakeOutcome {
    /// The peer's next flight is needed.
    case incomplete
    /// Application data may flow.
    case complete
    /// It is over; an alert may wait among the ciphertext.
    case failed(OpenSSLFailure)
}

/// The outcome of decrypting: perhaps some plaintext, and what follows it.
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

/// The outcome of encrypting one record.
package enum WriteOutcome {
    /// The record waits among the ciphertext.
    case complete
    /// The connection is broken.
    case failed(OpenSSLFailure)
}
