// Who may publish, and in what form, before the body is read.

internal import HTTPTypes
internal import TokenAuth

extension Gateway {
    func publish(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        let claims = try identifyPublisher(request, target, from: &peer)
        guard peer.hasVerifiedCertificate || !settings.publishNeedsClientCertificate else {
            throw .clientCertificateMissing
        }
        let format = try PublishFormat(request.headerFields.combined(.contentType))
        let limit = settings.bodyBytes
        if let length = request.headerFields.combined(.contentLength).flatMap(Int.init), length > limit {
            throw .bodyTooLarge(limit: limit)
        }
        let publisher = Publisher(
            hub: hub, claims: claims, limits: settings.publishLimits, key: try IdempotencyKey(request.headerFields))
        let tooLarge = { @Sendable in Self.finish(Problem.bodyTooLarge(limit: limit).answer, cors) }
        return BodyPlan(limit: limit, tooLarge: tooLarge) { body, respond in
            publisher.publish(body, as: format) { respond(Self.finish($0, cors)) }
        }
    }
}
