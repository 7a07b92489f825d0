// A token that has been found good, for whoever shows the same one again: a publisher sends its token with each
// request, and most of a look at it is the signature and the JSON.

internal import OpenSSLKit

/// The token of a connection's last request, with what it says.
///
/// It is good for the verifier that made it, from when it was verified until its end: nothing is taken for granted that
/// another time or another key set could change.
package final class VerifiedToken: Sendable {
    private let bytes: [UInt8]
    private let claims: Claims
    private let verifiedAt: NumericDate
    private let verifier: TokenVerifier.Identity

    init(_ bytes: [UInt8], _ claims: Claims, at now: NumericDate, by verifier: TokenVerifier.Identity) {
        self.bytes = bytes
        self.claims = claims
        self.verifiedAt = now
        self.verifier = verifier
    }

    /// The claims, if the token is still as good as it was.
    ///
    /// - Parameter now: what time it is. Before the time of the first look, `nbf` would have to be looked at anew.
    func claims(at now: NumericDate, skew: Int64, for verifier: TokenVerifier.Identity) -> Claims? {
        guard self.verifier === verifier, now.secondsSinceEpoch >= verifiedAt.secondsSinceEpoch,
            now.secondsSinceEpoch < claims.expiresAt.secondsSinceEpoch + skew
        else { return nil }
        return claims
    }

    /// The same, if this is the same token.
    ///
    /// - Parameter token: as it came. Compared in constant time: the connection may be a proxy's, and its clients
    ///   different ones.
    func claims(
        of token: Span<UInt8>, at now: NumericDate, skew: Int64, for verifier: TokenVerifier.Identity
    ) -> Claims? {
        let bytes = bytes
        guard let claims = claims(at: now, skew: skew, for: verifier), ConstantTime.areEqual(bytes.span, token)
        else { return nil }
        return claims
    }
}
