// What only an administrator may do: see who is connected, end streams, and revoke tokens. Who asks is found out before
// anything else is looked at.

package import EventHub
internal import EventLog
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import PeerText
package import StrictJSON
internal import TokenAuth

extension Gateway {
    func administer(
        _ route: Route, _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        // A cookie is not enough: a script in any allowed page could do what its administrator may.
        guard request.headerFields.contains(.authorization) else { throw .bearerMissingForAdministration }
        let claims = try identify(request, target, from: &peer).claims
        guard claims.grants.isAdmin else {
            throw .grantMissing("The token's `sluice.admin` is not true, which this needs.")
        }
        let administrator = Administrator(claims.subject, at: peer.address, note: noteAct)
        if let everyNode, route != .revocations {
            return try administer(route, request, target, at: everyNode, by: administrator, cors)
        }
        switch (route, request.method) {
        case (.revocations, .post): return try revoke(request, by: administrator, cors)
        case (.revocations, _): return try revocations(target, cors)
        case (.users, _): return try users(target, cors)
        case (_, .delete): return try disconnect(UserPath(target.path), target, by: administrator, cors)
        default: return try streams(of: UserPath(target.path), target, cors)
        }
    }

    private func administer(
        _ route: Route, _ request: HTTPRequest, _ target: RequestTarget, at nodes: any EveryNode,
        by administrator: Administrator, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        if route == .users { return try users(target, at: nodes, cors) }
        let path = try UserPath(target.path)
        guard request.method == .delete else { return try streams(of: path, target, at: nodes, cors) }
        return try disconnect(path, target, at: nodes, by: administrator, cors)
    }

    // MARK: Revocations

    private func revoke(
        _ request: HTTPRequest, by administrator: Administrator, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        guard try PublishFormat(request.headerFields) == .json else { throw .mediaTypeNotJSON }
        let limit = settings.bodyBytes
        if let length = request.headerFields.declaredLength, length > limit { throw .bodyTooLarge(limit: limit) }
        return BodyPlan(limit: limit, fields: cors) { [self] body, respond in
            Task {
                let answer: Answer
                do throws(Problem) {
                    let revocation = try RevocationRequest(body, now: clock()).revocation
                    answer = try await revoke(revocation, by: administrator)
                } catch {
                    answer = error.answer
                }
                respond(Self.adding(cors, to: answer))
            }
        }
    }

    private func revoke(_ revocation: Revocation, by administrator: Administrator) async throws(Problem) -> Answer {
        let deed = AdministratorAct.Deed.revoke(revocation.target, issuedBefore: revocation.statedTime)
        do throws(EventLogError) {
            let ending = try await end(revocation)
            administrator.did(deed, .ended(streams: ending.streams))
            return Self.ended(ending.streams, unanswered: ending.unanswered)
        } catch {
            administrator.did(deed, .failed(code: error.code.name))
            throw Problem(error)
        }
    }

    private func end(_ revocation: Revocation) async throws(EventLogError) -> ClusterEnding {
        if let everyNode { return try await everyNode.revoke(revocation) }
        return ClusterEnding(streams: try await hub.revoke(revocation), unanswered: [])
    }

    private func revocations(_ target: RequestTarget, _ cors: HTTPFields) throws(Problem) -> BodyPlan {
        let page = try PageQuery(target, mark: hub.pageMark)
        let (list, mark) = (hub.revocations.page(after: try page.number(), limit: page.limit), hub.pageMark)
        let next = list.count < page.limit ? nil : list.last.map { PageQuery.cursor($0.number, mark: mark) }
        return plan(cors) {
            Self.list("revocations", list, next: next) { entry, members in
                entry.revocation.write(to: &members)
                members.string("until", entry.endsAt.description)
            }
        }
    }

    // MARK: Who is connected

    private func users(_ target: RequestTarget, _ cors: HTTPFields) throws(Problem) -> BodyPlan {
        let page = try PageQuery(target, mark: hub.pageMark)
        let (list, mark) = (hub.users(after: try page.number(), limit: page.limit), hub.pageMark)
        let next = list.count < page.limit ? nil : list.last.map { PageQuery.cursor($0.number, mark: mark) }
        return plan(cors) {
            Self.list("users", list, next: next) { user, members in
                members.string("user", user.name)
                members.integer("streams", Int64(user.streams))
            }
        }
    }

    private func streams(
        of path: UserPath, _ target: RequestTarget, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        let page = try PageQuery(target, mark: hub.pageMark)
        let start = page.place.flatMap(StreamName.init)
        guard (start == nil) == (page.place == nil) else { throw .cursorUnknown }
        return plan(cors) { [hub] in
            let list = await hub.streams(of: path.user, after: start, limit: page.limit)
            let next = list.count < page.limit ? nil : list.last.map { PageQuery.cursor($0.name, mark: hub.pageMark) }
            return Self.list("streams", list, of: path.user, next: next) { $0.write(to: &$1) }
        }
    }

    private func disconnect(
        _ path: UserPath, _ target: RequestTarget, by administrator: Administrator, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        let isRetryable = try Self.isRetryable(target)
        // Ending them all, where one gateway was meant that is not there, would be worse than nothing.
        guard target["node"].isEmpty else { throw .nodeUnknown }
        return plan(cors) { [hub] in
            let count = await hub.disconnect(path.user, stream: path.stream, isRetryable: isRetryable)
            administrator.did(
                .kick(user: path.user, stream: path.stream, isRetryable: isRetryable), .ended(streams: count))
            return Self.ended(count)
        }
    }

    static func isRetryable(_ target: RequestTarget) throws(Problem) -> Bool {
        guard let text = target["retryable"].first else { return false }
        guard ["true", "false"].contains(where: text.hasSameBytes) else {
            throw Problem(.badRequest, "retryable-invalid", "`retryable` is true or false.")
        }
        return text.utf8.count == 4
    }

    // MARK: Answers

    static func ended(_ count: Int, unanswered: [String] = []) -> Answer {
        json { members in
            members.integer("streamsEnded", Int64(count))
            write(unanswered, to: &members)
        }
    }

    private static func list<Element>(
        _ name: String, _ elements: [Element], of user: String? = nil, next: String?,
        _ write: (Element, inout JSONMembers) -> Void
    ) -> Answer {
        var array = JSONWriter(capacity: elements.count * 64)
        array.array(elements, write)
        return json { members in
            if let user { members.string("user", user) }
            members.raw(name, array.bytes)
            if let next { members.string("next", next) }
        }
    }

    static func json(_ members: (inout JSONMembers) -> Void) -> Answer {
        var json = JSONWriter()
        json.object(members)
        return Answer(.ok, fields: [.contentType: "application/json", .cacheControl: "no-store"], body: json.bytes)
    }
}

extension Revocation {
    /// A single token is revoked whenever it was issued.
    fileprivate var statedTime: Int64? { issuedBefore == .max ? nil : issuedBefore }

    fileprivate func write(to members: inout JSONMembers) {
        switch target {
        case .token(let name): members.string("jti", name)
        case .user(let name): members.string("sub", name)
        case .everyone: members.bool("everyone", true)
        }
        if let statedTime { members.integer("issuedBefore", statedTime) }
        members.string("revokedAt", madeAt.description)
    }
}

extension StreamFacts {
    /// What an administrator is told of a stream, as the members of an object.
    package func write(to members: inout JSONMembers) {
        members.string("stream", name)
        members.string("since", since.description)
        if let address { members.string("address", address) }
        if let agent { members.string("agent", agent) }
        members.string("httpVersion", httpVersion.rawValue)
        members.strings("topics", topics)
        if let session { members.string("session", session) }
        members.bool("behind", isBehind)
        members.string("lastEventId", lastEventID)
    }
}

extension Problem {
    static let mediaTypeNotJSON = Problem(
        .unsupportedMediaType, "media-type-unsupported", "Send Content-Type: application/json, in UTF-8.",
        fields: [.accept: "application/json"])
}

extension Problem {
    fileprivate static let bearerMissingForAdministration = Problem(
        .unauthorized, "token-missing",
        "Send the field `Authorization: Bearer <token>`: a session's cookie does not administer.",
        fields: [.wwwAuthenticate: #"Bearer realm="sluice""#])
}
