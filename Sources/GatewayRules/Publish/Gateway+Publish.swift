// Who may publish, and in what form, before the body is read.

internal import EventLog
internal import EventStream
internal import HTTPServing
internal import HTTPTypes
internal import TokenAuth

extension Gateway {
    func publish(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        let (claims, token) = try identifyPublisher(request, target, from: &peer)
        if settings.publishNeedsClientCertificate { try requireCertificate(of: peer) }
        // A refusal that no line of the body could change comes before the body is read.
        guard claims.grants.mayPublish else {
            throw .grantMissing("The token has no `sluice.publish`, and so grants no publishing at all.")
        }
        try promise.admit()
        let format = try PublishFormat(request.headerFields)
        let (limit, length) = (settings.bodyBytes, request.headerFields.declaredLength)
        if let length, length > limit { throw .bodyTooLarge(limit: limit) }
        let meter = try accounts.admitPublish(by: claims.subject, declared: length, settings.callers)
        let publisher = Publisher(
            hub: hub, claims: claims, limits: settings.publishLimits, key: try IdempotencyKey(request.headerFields),
            meter: meter, answers: answers(to: request, cors), audit: audit(of: claims.subject, peer),
            spans: PublishSpans(tracer), request: requestField(peer))
        let plan = plan(of: publisher, format, cors)
        if let token, peer.isToldOfRepeats, judgesAgain {
            let name = RequestID(request.headerFields)
            peer.repeatable = RepeatedPublish(edition, token, publisher, format, plan, named: name)
        }
        return plan
    }

    func plan(of publisher: Publisher, _ format: PublishFormat, _ cors: HTTPFields) -> BodyPlan {
        // The answer to a line of two bytes can be a problem of more than a hundred.
        let growth = format == .ndjson ? 64 : 1
        return BodyPlan(limit: settings.bodyBytes, growth: growth, fields: cors) { body, respond in
            publisher.publish(body, as: format, completion: respond)
        }
    }

    /// What events say of the request that brings them, where they do.
    func requestField(_ peer: Peer) -> FieldValue? {
        settings.tellsRequest ? peer.requestID.flatMap { try? FieldValue($0.text) } : nil
    }

    private func answers(to request: HTTPRequest, _ cors: HTTPFields) -> PublishAnswers {
        PublishAnswers(promise: promise, cors: cors, isPages: request.headerFields.contains(.origin))
    }

    func audit(of publisher: String, _ peer: Peer) -> PublishAudit? {
        notePublished.map {
            PublishAudit(publisher: publisher, client: peer.address, request: peer.requestID, note: $0)
        }
    }

    /// Checks the certificate at each publish, because a connection may outlive it. Its last second is `notAfter` (RFC
    /// 5280 §4.1.2.5).
    func requireCertificate(of peer: Peer) throws(Problem) {
        guard let end = peer.certificateEnd else { throw .clientCertificateMissing }
        guard peer.authorities == settings.authorities else { throw .clientAuthoritiesChanged }
        guard clock() < end.adding(seconds: 1) else { throw .clientCertificateExpired }
    }
}
