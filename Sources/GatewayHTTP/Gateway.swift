// The public listener's rules: CORS, then credential, then token, then what the token may do. Decides; reads and writes
// nothing.

package import EventHub
package import HTTPTypes
internal import NIOCore
package import TokenAuth

/// Judges requests to the public surface, over HTTP/1.1 and HTTP/2 alike.
package struct Gateway: RequestJudge {
    private let hub: EventHub
    private let verifier: TokenVerifier
    private let cors: CORSPolicy
    private let settings: GatewaySettings
    private let clock: @Sendable () -> WallTime

    package init(
        hub: EventHub, verifier: TokenVerifier, cors: CORSPolicy, settings: GatewaySettings,
        clock: @escaping @Sendable () -> WallTime
    ) {
        self.hub = hub
        self.verifier = verifier
        self.cors = cors
        self.settings = settings
        self.clock = clock
    }

    /// What the paths take, in the order that `Allow` has it.
    private static let routes: [String: [HTTPRequest.Method]] = [
        "/v1/stream": [.get, .head, .options],
        "/v1/publish": [.post, .options],
    ]

    package func judge(_ request: HTTPRequest, from peer: Peer) -> Verdict {
        switch cors.rule(on: request) {
        case .refused: .answer(finish(Problem.originNotAllowed.answer, CORSPolicy.vary))
        case .notCrossOrigin: judge(request, from: peer, CORSPolicy.vary)
        case .allowed(let fields): judge(request, from: peer, fields + CORSPolicy.vary)
        }
    }

    private func judge(_ request: HTTPRequest, from peer: Peer, _ cors: HTTPFields) -> Verdict {
        do throws(Problem) {
            let target = try RequestTarget(request.path)
            guard let methods = Self.routes[target.path] else { throw .pathUnknown }
            guard methods.contains(request.method) else { throw .methodNotAllowed(allow: methods) }
            if request.method == .options { return .answer(options(request, methods, cors)) }
            let claims = try claims(of: request, target: target)
            return target.path == "/v1/publish"
                ? .collect(try publish(request, claims, from: peer, cors))
                : try subscribe(request, target, claims, cors)
        } catch {
            return .answer(finish(error.answer, cors))
        }
    }

    private func finish(_ answer: Answer, _ cors: HTTPFields) -> Answer {
        var answer = answer
        answer.add(cors)
        return answer
    }

    private func options(_ request: HTTPRequest, _ methods: [HTTPRequest.Method], _ cors: HTTPFields) -> Answer {
        if CORSPolicy.isPreflight(request) { return CORSPolicy.preflight(methods, cors) }
        return Answer(.noContent, fields: cors + [.allow: methods.map(\.rawValue).joined(separator: ", ")])
    }

    // MARK: Identity

    /// Who asks. By the token alone: nothing else in a request chooses a user (guarantee 1).
    private func claims(of request: HTTPRequest, target: RequestTarget) throws(Problem) -> Claims {
        let credential = try Credential(request, target: target, allowsQuery: settings.allowsQueryToken)
        let changesSomething = request.method != .get && request.method != .head
        // A browser sends a cookie whoever asks it to; the Origin, which CORS has passed, says that it was an allowed page.
        if credential.source == .cookie, changesSomething, request.headerFields[.origin] == nil {
            throw .originMissing
        }
        do {
            return try verifier.verify(credential.token.utf8, now: now)
        } catch {
            throw .tokenRefused(code: error.code.description, detail: error.detail)
        }
    }

    private var now: NumericDate { NumericDate(secondsSinceEpoch: clock().milliseconds / 1000) }

    // MARK: Subscribe

    private func subscribe(
        _ request: HTTPRequest, _ target: RequestTarget, _ claims: Claims, _ cors: HTTPFields
    ) throws(Problem) -> Verdict {
        let topics = try topics(in: target, claims.grants)
        let fields = Self.streamFields + cors
        guard request.method == .get else { return .answer(Answer(.ok, fields: fields)) }
        return .stream(
            StreamPlan(
                hub: hub, interest: Interest(user: claims.subject, topics: topics),
                lastEventID: Self.lastEventID.flatMap { request.headerFields[$0] } ?? target["lastEventId"].first,
                lifetime: lifetime(of: claims), fields: fields))
    }

    private func topics(in target: RequestTarget, _ grants: Grants) throws(Problem) -> [String] {
        var topics: [String] = []
        for topic in target["topic"] where !topics.contains(topic) {
            guard TopicName.isValid(topic) else {
                throw .topicInvalid("A topic has 1 to 256 bytes, and neither control characters nor `*`.")
            }
            guard grants.maySubscribe(toTopic: topic) else {
                throw .grantMissing("The token's `sluice.subscribe` does not grant a topic that was asked for.")
            }
            // Before the list gets long: looking through it costs its length for each topic.
            guard topics.count < settings.topicsPerStream else {
                throw .topicInvalid("A stream may have \(settings.topicsPerStream) topics (limits.topics_per_stream).")
            }
            topics.append(topic)
        }
        return topics
    }

    /// Until `exp`. A token that is past it and was let in by the allowance for clock skew has what is left of that.
    private func lifetime(of claims: Claims) -> TimeAmount {
        let left = claims.expiresAt.secondsSinceEpoch * 1000 - clock().milliseconds
        return .milliseconds(left > 0 ? left : max(0, left + settings.clockSkewSeconds * 1000))
    }

    /// HTML standard §9.2.2.
    private static let lastEventID = HTTPField.Name("Last-Event-ID")

    /// `X-Accel-Buffering` has nginx pass each event on at once.
    private static let streamFields: HTTPFields = {
        var fields: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        if let name = HTTPField.Name("X-Accel-Buffering") { fields[name] = "no" }
        return fields
    }()

    // MARK: Publish

    private func publish(
        _ request: HTTPRequest, _ claims: Claims, from peer: Peer, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
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
        return BodyPlan(limit: settings.bodyBytes, tooLarge: { finish(tooLarge.answer, cors) }) { body, respond in
            publisher.publish(body, as: format) { respond(finish($0, cors)) }
        }
    }
}

extension HTTPFields {
    static func + (left: HTTPFields, right: HTTPFields) -> HTTPFields {
        var sum = left
        sum.append(contentsOf: right)
        return sum
    }
}
