// A publish request that comes again on its connection, but for its body: what was decided about its head holds, as
// long as nothing has changed that could change it.

internal import EventHub
package import HTTPServing
internal import TokenAuth

/// Tells the rules of one gateway from another's.
final class RulesEdition: Sendable {}

/// What a connection's last publish request was granted.
final class RepeatedPublish: Sendable {
    let edition: RulesEdition
    let token: VerifiedToken
    let publisher: Publisher
    let format: PublishFormat
    let plan: BodyPlan
    /// What the client calls its request; nothing for who has no name for it.
    let requestID: RequestID?

    init(
        _ edition: RulesEdition, _ token: VerifiedToken, _ publisher: Publisher, _ format: PublishFormat,
        _ plan: BodyPlan, named requestID: RequestID?
    ) {
        (self.edition, self.token, self.publisher) = (edition, token, publisher)
        (self.format, self.plan, self.requestID) = (format, plan, requestID)
    }
}

extension Gateway {
    /// Looks at what time, revocations and the log can change. When anything is not as it was, the long way says what
    /// is wrong.
    package func judgeAgain(bodyBytes: Int, from peer: inout Peer) -> BodyPlan? {
        guard let last = peer.repeatable as? RepeatedPublish, last.edition === edition, bodyBytes <= settings.bodyBytes,
            let claims = verifier.claims(of: last.token, now: now), !hub.revocations.refuses(claims), promise.isKept,
            !settings.publishNeedsClientCertificate || (try? requireCertificate(of: peer)) != nil
        else { return nil }
        peer.requestID = last.requestID ?? .fresh()
        return publishesDiffer ? planAnew(last, claims, bodyBytes, peer) : last.plan
    }

    /// A span has its context from the request's fields, and so has the client that a proxy asks for.
    var judgesAgain: Bool { tracer == nil && settings.forwarding == nil }

    /// Whether one publish differs from the next in more than its body.
    private var publishesDiffer: Bool {
        notePublished != nil || settings.tellsRequest || settings.callers.limitPublishers
    }

    private func planAnew(_ last: RepeatedPublish, _ claims: Claims, _ bodyBytes: Int, _ peer: Peer) -> BodyPlan? {
        do throws(Problem) {
            let meter = try accounts.admitPublish(by: claims.subject, declared: bodyBytes, settings.callers)
            let publisher = last.publisher.again(
                meter: meter, audit: audit(of: claims.subject, peer), request: requestField(peer))
            return plan(of: publisher, last.format, last.plan.fields)
        } catch {
            return nil
        }
    }
}
