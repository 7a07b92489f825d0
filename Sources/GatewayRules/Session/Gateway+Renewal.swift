// A session that goes on with a new token: what that means for its streams here, and what other gateways that share the
// log are told of it. They are told what the token said and judge it by their own rules, as if it had come to them.

package import EventHub
package import EventLog
internal import PeerText
internal import TokenAuth

extension Gateway {
    /// What a verified token means for the streams of its session.
    func renewal(by claims: Claims) -> StreamRenewal {
        StreamRenewal(lifetime: lifetime(of: claims), key: mark(of: claims), token: TokenMark(claims)) { [hub] topics in
            // It may have been revoked since it was verified.
            topics.allSatisfy(claims.grants.maySubscribe(toTopic:)) && !hub.revocations.refuses(claims)
        }
    }

    /// What another gateway's word means here.
    ///
    /// - Returns: nothing when the token would be refused here, or is another user's.
    package func judge(_ renewal: SessionRenewal) -> StreamRenewal? {
        guard let claims = try? verifier.claims(kept: renewal.content, now: now),
            claims.subject.hasSameBytes(as: renewal.user)
        else { return nil }
        return self.renewal(by: claims)
    }

    /// Tells the gateways that share the log. Where they can't be told, or the user goes on too often, streams there
    /// end with the former token and come back: nobody is refused for it.
    func extendElsewhere(_ session: SessionID, by claims: Claims) async {
        guard hub.maySessionsComeLate else { return }
        let renewal = SessionRenewal(
            user: claims.subject, session: session.description, content: verifier.kept(claims))
        guard renewal.content.count <= SessionRenewal.contentLimit,
            accounts.admitRenewal(by: claims.subject, settings.callers)
        else { return }
        try? await hub.extendElsewhere(renewal)
    }
}
