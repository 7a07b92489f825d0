// What becomes of a request whose token names a key that its issuer may have by now. Fetching it is somebody else's.

internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
package import TokenAuth

/// Knows the issuers whose keys are fetched. Asked on event loops, and only about keys that are not there.
package protocol IssuerKeys: Sendable {
    /// A token's key is not there.
    ///
    /// - Parameter callback: called once, on any thread, when it is worth looking again. Only with
    ///   ``KeyOutlook/wait(cancel:)``.
    func outlook(for key: MissingKey, then callback: @escaping @Sendable () -> Void) -> KeyOutlook

    /// The request has waited, and its token's key is still not there.
    func outlook(afterWaitingFor key: MissingKey) -> KeyOutlook
}

/// What becomes of a request whose token's key is not there.
package enum KeyOutlook: Sendable {
    /// It waits.
    ///
    /// - Parameter cancel: to be called when it does not wait any more.
    case wait(cancel: @Sendable () -> Void)
    /// There is no such key: the token is refused.
    case unknown
    /// Nobody can say at present: it is worth asking again after so many seconds.
    case unavailable(seconds: Int64)
}

extension Gateway {
    /// Why a token is not accepted; or why its request can't be judged yet, and then the peer says what it waits for.
    func problem(_ refusal: TokenRefusal, from peer: inout Peer) -> Problem {
        guard let missing = refusal.missingKey, let issuerKeys else { return Problem(refusal) }
        let postponement = Postponement(limit: settings.keyPatience)
        let outlook =
            peer.hasWaited
            ? issuerKeys.outlook(afterWaitingFor: missing)
            : issuerKeys.outlook(for: missing) { postponement.end() }
        switch outlook {
        case .unknown: return Problem(refusal)
        case .unavailable(let seconds): return .keysUnavailable(seconds: seconds)
        case .wait(let cancel):
            postponement.whenGivenUp(cancel)
            peer.postponement = postponement
            return .keysUnavailable(seconds: 1)
        }
    }

    /// What a stream ends with: its token's key where the operator wrote it, its issuer where keys are fetched. A
    /// provider changes its keys whenever it likes, and that ends no stream before its token does.
    func mark(of claims: Claims) -> UInt64 {
        claims.issuer.flatMap { settings.providerMarks[$0] } ?? claims.key.number
    }
}

extension Problem {
    /// The keys of the token's issuer are not here, so nobody can say whether it is good.
    static func keysUnavailable(seconds: Int64) -> Problem {
        Problem(
            .serviceUnavailable, "keys-unavailable",
            "The keys of the token's issuer can't be fetched at present (auth.issuers). Try again later.",
            fields: [.retryAfter: "\(max(1, seconds))"])
    }
}
