// What a connection knows of its client. It decides nothing: limits that spare users ask it.

package import EventLog
package import PeerText

/// What is known of a connection's client.
package struct Peer: Sendable {
    /// When its verified client certificate stops being valid, or one of its chain if that is earlier; nil if it showed
    /// none. The connection may live longer.
    package let certificateEnd: WallTime?
    /// Which of the roots that were ever configured it chains to, by the number that the listener gives them.
    package let authorities: UInt64
    /// Where the connection comes from: its socket says so, or the `PROXY` header of a proxy that is trusted. Nothing
    /// where nobody asks.
    package let connectedFrom: ClientAddress?
    /// Whom the last request is from: ``connectedFrom``, or what a proxy that is trusted has forwarded it for.
    package private(set) var address: ClientAddress?
    /// Whether no valid token has come on this connection yet. Strangers get fewer places, less time and less memory.
    ///
    /// A reverse proxy sends requests of many users on one connection. The first valid token of any of them makes it
    /// known.
    private(set) var isStranger = true
    /// The user of the last request, if its token was valid. It is for the log line of a refusal only.
    package private(set) var user: String?
    /// What the last request is called; nothing where the listener's rules name none.
    package var requestID: RequestID?
    /// Whether the request that is judged has been postponed before. It is not postponed twice.
    package var hasWaited = false
    /// What the request that is judged waits for; the rules say so beside their verdict.
    package var postponement: Postponement?
    /// What the listener's rules remember of the connection's last request, for its next one. Theirs alone.
    package var memory: (any AnyObject & Sendable)?
    /// What they remember for the case that the next one is the same, see ``RequestJudge/judgeAgain(bodyBytes:from:)``.
    /// It is gone with the next that is not.
    package var repeatable: (any AnyObject & Sendable)?
    /// Whether the connection says of a request that it is the last one again.
    package internal(set) var isToldOfRepeats = false
    /// How many tokens came on this connection that were not accepted.
    private var refusedTokens: UInt16 = 0
    private var becameKnown: (@Sendable () -> Void)?

    /// So many refused tokens a stranger's connection may bring, and so many any other: a proxy's are of many users.
    private static let (strangersTries, othersTries): (UInt16, UInt16) = (16, 1024)

    /// - Parameters:
    ///   - address: where it is connected from.
    ///   - certificateEnd: when its verified certificate ends.
    ///   - authorities: what was in force when it was verified.
    ///   - becameKnown: called once, when the first good token has come.
    package init(
        at address: ClientAddress? = nil, certificateEnd: WallTime? = nil, authorities: UInt64 = 0,
        becameKnown: (@Sendable () -> Void)? = nil
    ) {
        connectedFrom = address
        self.address = address
        self.authorities = authorities
        self.certificateEnd = certificateEnd
        self.becameKnown = becameKnown
    }

    /// Begins another request. Requests of one connection may be from many users.
    package mutating func asksAnew() {
        (user, postponement, requestID, repeatable) = (nil, nil, nil, nil)
        address = connectedFrom
    }

    /// Notes whom the connection's proxy asks for, as long as it does.
    package mutating func asks(for address: ClientAddress) { self.address = address }

    /// Notes that a token was not accepted. Each such look costs up to half a millisecond, for a signature that anybody
    /// can make up.
    package mutating func showedBadToken() { refusedTokens += refusedTokens < .max ? 1 : 0 }

    /// Whether the connection has brought so many bad tokens that it should end with its next answer. Another one
    /// costs its client a handshake, and an address has so many of these a second.
    package var hasTriedTooOften: Bool { refusedTokens >= (isStranger ? Self.strangersTries : Self.othersTries) }

    /// Notes that a token was verified, whether its request is granted or not.
    package mutating func showedGoodToken(of user: String) {
        self.user = user
        staysWhoeverComes()
    }

    /// Notes that the connection is to be no stranger's: it keeps its place, whoever else comes.
    package mutating func staysWhoeverComes() {
        guard isStranger else { return }
        isStranger = false
        becameKnown.take()?()
    }
}
