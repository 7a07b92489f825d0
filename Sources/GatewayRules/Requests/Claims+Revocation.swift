// A verified token, as the hub's list of revocations knows it.

package import EventHub
package import TokenAuth

extension RevocationBoard {
    /// Whether a token that is good in itself has been revoked.
    package func refuses(_ claims: Claims) -> Bool {
        refuses(user: claims.subject, tokenID: claims.tokenID, issuedAt: claims.issueSecond?.secondsSinceEpoch)
    }
}

extension TokenMark {
    /// What a stream keeps of its token.
    package init(_ claims: Claims) { self.init(id: claims.tokenID, issuedAt: claims.issueSecond?.secondsSinceEpoch) }
}

extension AdmissionRefusal {
    /// The token of a stream that was about to be opened.
    static let revoked = AdmissionRefusal(
        code: TokenRefusal.revoked.code.description, detail: TokenRefusal.revoked.detail)

    /// Nor is its session kept any more.
    static let notKept = AdmissionRefusal(
        code: TokenRefusal.notKept.code.description, detail: TokenRefusal.notKept.detail)
}
