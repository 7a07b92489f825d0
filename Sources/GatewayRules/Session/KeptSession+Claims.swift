// What the gateway keeps of a token that fits no cookie.

internal import EventHub
package import EventLog
package import TokenAuth

extension KeptSession {
    /// - Parameters:
    ///   - session: what its streams are told by.
    ///   - verifier: the one that has found the token good.
    init(_ name: Name, of claims: Claims, in session: SessionID, by verifier: TokenVerifier) {
        // Behind its end a token may be let in for as long as clocks may differ.
        let endsAt = WallTime(milliseconds: 0).adding(
            seconds: claims.expiresAt.secondsSinceEpoch + Revocation.clockSkewSeconds)
        self.init(
            name: name, user: claims.subject, session: session.description, endsAt: endsAt,
            content: verifier.kept(claims))
    }

    /// How many bytes a session with a token takes up here (`session.kept_bytes`); nothing when its cookie holds the
    /// token.
    package static func cost(ofToken token: Substring, _ claims: Claims, by verifier: TokenVerifier) -> Int? {
        guard !SessionCookie.fits(token), let handle = SessionHandle() else { return nil }
        var random = SystemRandomNumberGenerator()
        return KeptSession(handle.name, of: claims, in: SessionID(using: &random), by: verifier).cost
    }
}
