// Signing in and out: a bearer token becomes a cookie that `EventSource` sends, and open streams follow it.

internal import EventHub
internal import HTTPTypes
internal import NIOCore
internal import StrictJSON
internal import TokenAuth

extension Gateway {
    func session(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        request.method == .delete
            ? try signOut(request, target, from: &peer, cors) : try signIn(request, target, from: &peer, cors)
    }

    // MARK: Signing in, and staying so

    private func signIn(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        // A cookie is not enough: it would renew itself without end.
        guard request.headerFields.contains(.authorization) else { throw .bearerMissing }
        let (claims, credential) = try identify(request, target, from: &peer)
        let (session, ended) = sessions(SessionCookie(request.headerFields), claims.subject)
        let lifetime = lifetime(of: claims)
        let seconds = lifetime.nanoseconds / TimeAmount.seconds(1).nanoseconds
        guard
            let cookie = SessionCookie.set(session, token: credential.token, for: seconds, settings.sameSite)
        else { throw .cookieTooLong }
        let isDropped = dropsCookie(request)
        return plan(cors) { [hub] in
            if let ended { await hub.end(ended.session, of: ended.user) }
            let extended = await hub.extend(session, of: claims.subject, by: lifetime) { topics in
                topics.allSatisfy(claims.grants.maySubscribe(toTopic:))
            }
            return signedIn(claims, expiresIn: seconds, extended: extended, isDropped: isDropped, cookie)
        }
    }

    /// The name that the cookie's session goes on with, and the session that ends because its user is another one: the
    /// browser has one cookie, and the streams of who had it before would be nobody's to end.
    private func sessions(
        _ cookie: SessionCookie?, _ user: String
    ) -> (goesOn: SessionID, ends: (session: SessionID, user: String)?) {
        guard let cookie, let session = cookie.session else { return (newSession(), nil) }
        switch owner(of: cookie) {
        case user: return (session, nil)
        case .some(let other): return (newSession(), (session, other))
        // Nobody's any more: its streams have ended with its token.
        case nil: return (newSession(), nil)
        }
    }

    /// - Parameter isDropped: whether the browser drops the cookie. The page is told in words and not refused: what a
    ///   browser says of sites and what it does with cookies are two rules, and they differ in some.
    private func signedIn(
        _ claims: Claims, expiresIn seconds: Int64, extended: Int, isDropped: Bool, _ cookie: HTTPFields
    ) -> Answer {
        var json = JSONWriter()
        json.object { members in
            members.string("user", claims.subject)
            members.integer("expiresAt", claims.expiresAt.secondsSinceEpoch)
            members.integer("expiresIn", seconds)
            members.integer("extended", Int64(extended))
            members.integer("retry", Int64(hub.retryMilliseconds))
            guard isDropped else { return }
            members.object("warning") { warning in
                warning.string("code", "cookie-blocked")
                warning.string("detail", settings.sameSite.dropped)
            }
        }
        let fields: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
        return Answer(.ok, fields: fields + cookie, body: json.bytes)
    }

    // MARK: Signing out

    /// Also without a credential, or with one that is good no more: who wants to be signed out is, and the cookie goes.
    private func signOut(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        let session = SessionCookie(request.headerFields)?.session
        let user = try userToSignOut(request, target, from: &peer)
        let answer = Answer(.noContent, fields: SessionCookie.clear(settings.sameSite) + [.cacheControl: "no-store"])
        return plan(cors) { [hub] in
            if let session, let user { await hub.end(session, of: user) }
            return answer
        }
    }

    private func userToSignOut(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer
    ) throws(Problem) -> String? {
        do {
            return try identify(request, target, from: &peer).claims.subject
        } catch {
            guard error.status == .unauthorized, !request.headerFields.contains(.authorization) else { throw error }
            return nil
        }
    }

    // MARK: Both

    /// What is done when the request is here as a whole. Its body says nothing, and is held by nobody.
    private func plan(_ cors: HTTPFields, _ act: @escaping @Sendable () async -> Answer) -> BodyPlan {
        let tooLarge = Problem.bodyTooLarge(limit: settings.bodyBytes)
        return BodyPlan(
            limit: settings.bodyBytes, keepsBody: false, tooLarge: { Self.finish(tooLarge.answer, cors) }
        ) { _, respond in
            Task { respond(Self.finish(await act(), cors)) }
        }
    }
}

extension Problem {
    static let bearerMissing = Problem(
        .unauthorized, "token-missing",
        "Send the field `Authorization: Bearer <token>`: a session begins, and goes on, with a token of its issuer.",
        fields: [.wwwAuthenticate: #"Bearer realm="sluice""#])

    static let cookieTooLong = Problem(
        .badRequest, "token-too-long-for-cookie",
        "Browsers drop cookies of more than \(SessionCookie.byteLimit) bytes, and this token makes a longer one. "
            + "Issue a shorter token, with fewer claims or grants.")
}
