// Who may publish, and in what form, before the body is read.

internal import HTTPTypes
internal import TokenAuth

extension Gateway {
    func publish(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        let claims = try identify(request, target, last: &peer.publisherToken).claims
        guard peer.hasVerifiedCertificate || !settings.publishNeedsClientCertificate else {
            throw .clientCertificateMissing
        }
        let format = try PublishFormat(request.headerFields[.contentType])
        let tooLarge = Problem.bodyTooLarge(limit: settings.bodyBytes)
        if let length = request.headerFields[.contentLength].flatMap(Int.init), length > settings.bodyBytes {
            throw tooLarge
        }
        let publisher = Publisher(
            hub: hub, claims: claims, limits: settings.publishLimits, key: try IdempotencyKey(request.headerFields))
        return BodyPlan(limit: settings.bodyBytes, tooLarge: { Self.finish(tooLarge.answer, cors) }) { body, respond in
            publisher.publish(body, as: format) { respond(Self.finish($0, cors)) }
        }
    }
}
