// What a connection remembers of who is at its other end. It decides nothing: limits that spare users ask it.

package import EventLog
internal import TokenAuth

/// What is known of a connection's client.
package struct Peer: Sendable {
    /// When the certificate ends that it showed TLS and that chains to the configured roots, or something of its chain, if that
    /// is earlier; `nil` if it showed none. The connection may live longer.
    package let certificateEnd: WallTime?
    /// Which of the roots that were ever configured it chains to, by ``GatewaySettings/authorities``.
    package let authorities: UInt64
    /// Whether no good token has come on this connection yet. Strangers have less: of places, of time, of memory.
    ///
    /// A reverse proxy has requests of many on one connection: the first good token of any of them makes it known.
    package private(set) var isStranger = true
    /// Whose token the request showed that was judged last, if it was good: to say so of a refusal, and for nothing else.
    private(set) var user: String?
    /// The token that it published with last.
    var publisherToken: VerifiedToken?
    private var becameKnown: (@Sendable () -> Void)?

    /// - Parameters:
    ///   - certificateEnd: when its verified certificate ends.
    ///   - authorities: what was in force of ``GatewaySettings/authorities`` when it was verified.
    ///   - becameKnown: called once, when the first good token has come.
    package init(
        certificateEnd: WallTime? = nil, authorities: UInt64 = 0, becameKnown: (@Sendable () -> Void)? = nil
    ) {
        self.authorities = authorities
        self.certificateEnd = certificateEnd
        self.becameKnown = becameKnown
    }

    /// Another request is judged. On one connection they may be of many users.
    mutating func asksAnew() { user = nil }

    /// A token of this connection was verified, be it granted what it asked for or not.
    mutating func showedGoodToken(of user: String) {
        self.user = user
        guard isStranger else { return }
        isStranger = false
        becameKnown.take()?()
    }
}
