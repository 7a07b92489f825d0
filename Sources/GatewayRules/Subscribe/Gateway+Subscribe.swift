// Turns a request for a stream into the stream that its token grants, or into a refusal that its client can read.

internal import EventHub
internal import EventLog
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import PeerText
internal import TokenAuth

extension Gateway {
    func stream(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ cors: HTTPFields
    ) throws(Problem) -> Verdict {
        if let canary, request.method == .get, canary.admits(request) {
            peer.showedGoodToken(of: CanaryPass.user)
            return .stream(CanaryStreamPlan(hub: hub))
        }
        let resume = ResumePoint(request, target)
        let fields = Self.streamFields + cors
        do throws(Problem) {
            return try subscribe(request, target, from: &peer, resume, fields)
        } catch {
            // `EventSource` stops for good at any other status, and this is no reason to.
            if request.method == .get, error.status == .serviceUnavailable {
                return .answer(streamThatEnds(with: error, fields))
            }
            guard request.method == .get, target["refusals"].first?.hasSameBytes(as: "event") == true else {
                throw error
            }
            return .answer(
                VisibleRefusal(
                    problem: error, resume: resume, retryMilliseconds: hub.retryMilliseconds, fields: fields
                ).answer)
        }
    }

    private func subscribe(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ resume: ResumePoint,
        _ fields: HTTPFields
    ) throws(Problem) -> Verdict {
        let identity = try identify(request, target, from: &peer)
        let claims = identity.claims
        // `user` chooses nobody. It keeps a page of one user that shares its cookies with pages of another from the
        // other's events.
        guard target["user"].allSatisfy(claims.subject.hasSameBytes) else { throw .otherUser }
        let topics = try topics(in: target, claims.grants)
        guard request.method == .get else { return .answer(Answer(.ok, fields: fields)) }
        if let wait = accounts.admitOpening(by: claims.subject, settings.callers) {
            return .answer(comeAgain(.streamsTooFast, after: wait, fields))
        }
        let place: AddressPlace?
        do throws(AddressRefusal) {
            place = try placeOfForwarded(peer)
        } catch {
            return .answer(comeAgain(AdmissionRefusal(error), after: .zero, fields))
        }
        return .stream(
            HubStreamPlan(
                hub: hub, interest: Interest(user: claims.subject, topics: topics), session: identity.session,
                kept: identity.kept, lastEventID: resume.id, lifetime: lifetime(of: claims), claims: claims,
                key: mark(of: claims),
                visitor: StreamVisitor(
                    address: peer.address?.description, agent: AgentName.shown(request.headerFields),
                    request: peer.requestID?.text), fields: fields,
                followsRejection: resume.followsRejection, place: place))
    }

    /// A stream that a proxy asks for stands for a connection of its client's. One that came without was counted when
    /// it connected.
    private func placeOfForwarded(_ peer: Peer) throws(AddressRefusal) -> AddressPlace? {
        guard peer.address != peer.connectedFrom else { return nil }
        return try accounts.addresses.admit(peer.address, settings.callers.addresses)
    }

    /// 200 and a word in-band, so that `EventSource` comes again, and not before it may.
    private func comeAgain(_ refusal: AdmissionRefusal, after wait: TimeAmount, _ fields: HTTPFields) -> Answer {
        let word = EventFrame(rejected: refusal.code, detail: refusal.detail, isRetryable: true)
        let milliseconds = UInt32(clamping: wait.nanoseconds / 1_000_000 + (wait.nanoseconds % 1_000_000 > 0 ? 1 : 0))
        return Answer(
            streamThatEndsWith: word, max(hub.retryMilliseconds, milliseconds), fields, refusal: refusal.code)
    }

    /// 200 and a word in-band, so that `EventSource` comes again. Its last id stays what it is.
    private func streamThatEnds(with problem: Problem, _ fields: HTTPFields) -> Answer {
        let word = EventFrame(rejected: problem.code, detail: problem.detail, isRetryable: true)
        return Answer(streamThatEndsWith: word, hub.retryMilliseconds, fields, refusal: problem.code)
    }

    private func topics(in target: RequestTarget, _ grants: Grants) throws(Problem) -> [String] {
        var topics: [String] = []
        for topic in target["topic"] {
            // First, because equal names that are valid have the same bytes.
            if let fault = TopicName.fault(of: topic) { throw .topicInvalid("A topic \(fault).") }
            guard !topics.contains(topic) else { continue }
            guard grants.maySubscribe(toTopic: topic) else {
                throw .grantMissing("The token's `sluice.subscribe` does not grant a topic that was asked for.")
            }
            // Before the list gets long: each further topic costs a look through it.
            guard topics.count < settings.topicsPerStream else {
                throw .topicInvalid("A stream may have \(settings.topicsPerStream) topics (limits.topics_per_stream).")
            }
            topics.append(topic)
        }
        return topics
    }

    /// `no-transform` forbids proxies to compress (RFC 9111 §5.2.2.6), because a compressor waits for more to compress.
    /// `X-Accel-Buffering` has nginx pass each event on at once.
    static let streamFields: HTTPFields = {
        var fields: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store, no-transform"]
        if let name = HTTPField.Name("X-Accel-Buffering") { fields[name] = "no" }
        return fields
    }()
}
