// Signing in and out: a bearer token becomes a cookie that `EventSource` sends, and the session's open streams follow.

internal import EventHub
internal import EventLog
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import PeerText
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
        // A cookie is not enough, or it could renew itself without end.
        guard request.headerFields.contains(.authorization) else { throw .bearerMissing }
        let identity = try identify(request, target, from: &peer)
        let claims = identity.claims
        let cookies = SessionCookies(request.headerFields)
        let (session, former, ended) = sessions(cookies, claims.subject)
        let lifetime = lifetime(of: claims)
        let seconds = lifetime.nanoseconds / TimeAmount.seconds(1).nanoseconds
        let (token, order) = try keeping(identity, in: session, inPlaceOf: known(cookies))
        let cookie = SessionCookie.set(session, token: token, for: seconds, settings.sameSite)
        let isDropped = dropsCookie(request)
        // One that the log keeps is told by what is kept, and the same token says nothing new.
        let isNew = former.map { !$0.utf8.elementsEqual(identity.token.utf8) } ?? false
        let isTold = isNew && SessionCookie.fits(identity.token)
        return plan(cors) { [hub] in
            // First, because it is what may fail: then nothing has changed.
            if let problem = await self.record(order) { return problem.answer }
            // Nobody has those cookies any more. Where other gateways can't be told now, streams end with their tokens.
            for other in ended { _ = await self.end(other.session, of: other.user, other.reason) }
            let extended = await hub.extend(session, of: claims.subject, by: self.renewal(by: claims))
            if isTold { await self.extendElsewhere(session, by: claims) }
            return self.signedIn(claims, expiresIn: seconds, extended: extended, isDropped: isDropped, cookie)
        }
    }

    /// What the cookie holds, and what the log is asked for: a token that fits no cookie is kept by what it said, and
    /// the cookie has a handle. What was kept for the cookies of before goes.
    private func keeping(
        _ identity: Identity, in session: SessionID, inPlaceOf old: [KeptSession.Name]
    ) throws(Problem) -> (token: Substring, order: SessionOrder?) {
        let claims = identity.claims
        let fits = SessionCookie.fits(identity.token)
        guard !fits || !old.isEmpty else { return (identity.token, nil) }
        // The log writes for it, and publishers wait meanwhile.
        try accounts.admitSignIn(by: claims.subject, settings.callers)
        guard !fits else { return (identity.token, .signIn(claims.subject, keeping: nil, inPlaceOf: old)) }
        guard let handle = SessionHandle() else { throw Problem(EventLogError(.unavailable, "OpenSSL has no memory.")) }
        let kept = KeptSession(handle.name, of: claims, in: session, by: verifier)
        return (handle.text, .signIn(claims.subject, keeping: kept, inPlaceOf: old))
    }

    /// Asks the log to keep a session, or to let go of some.
    ///
    /// - Returns: why it can't.
    private func record(_ order: SessionOrder?) async -> Problem? {
        guard let order else { return nil }
        do throws(EventLogError) {
            try await hub.record(order)
            return nil
        } catch {
            return Problem(error)
        }
    }

    /// A session that ends with this sign-in, its user, and the reason that its streams are told.
    private typealias Ended = (session: SessionID, user: String, reason: StreamEnd)

    /// The session that goes on, the credential that the browser has of it already, and those that end. The browser
    /// keeps one cookie from here on, so nobody could end the streams of the other sessions. Streams of another user
    /// are told that they were signed out; those of the same user come back with the new cookie. A session whose token
    /// is not valid any more does not go on: its streams have ended with the token.
    private func sessions(
        _ cookies: SessionCookies, _ user: String
    ) -> (goesOn: SessionID, former: Substring?, end: [Ended]) {
        let good = cookies.good(verify)
        let own = good.filter { $0.claims.subject.hasSameBytes(as: user) && $0.cookie.session != nil }
        let last = own.max { $0.claims.expiresAt.secondsSinceEpoch < $1.claims.expiresAt.secondsSinceEpoch }
        let session = last?.cookie.session ?? newSession()
        let ended = owned(cookies, good).compactMap { cookie, owner -> Ended? in
            let isOwn = owner.hasSameBytes(as: user)
            guard let other = cookie.session, !(isOwn && other == session) else { return nil }
            return (other, owner, isOwn ? .sessionReplaced : .signedOut)
        }
        return (session, last?.cookie.token, ended)
    }

    /// What is kept for some cookies, as far as it is known here. On a shared log a session may come late: there each
    /// handle counts, made up or not, and who has the log look for one is limited.
    private func known(_ cookies: SessionCookies) -> [KeptSession.Name] {
        cookies.keptNames.filter { hub.maySessionsComeLate || hub.sessions.session(named: $0) != nil }
    }

    /// Whose the cookies are: those with a valid token, and those whose handle leads to a session that is kept and
    /// would be refused, as when the rules have changed. Its streams may last longer than it is good.
    ///
    /// - Parameter good: those with a valid token. To look for them is to check a signature each.
    private func owned(
        _ cookies: SessionCookies, _ good: [SessionCookies.Good]
    ) -> [(cookie: SessionCookie, user: String)] {
        cookies.counted.compactMap { cookie in
            let kept = cookie.handle.flatMap { hub.sessions.session(named: $0.name)?.user }
            return (good.first { $0.cookie == cookie }?.claims.subject ?? kept).map { (cookie, $0) }
        }
    }

    /// - Parameter isDropped: whether the browser drops the cookie. The page is warned and not refused: browsers follow
    ///   one rule for what they say of sites and another for cookies, and in some browsers these differ.
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

    /// Signs out also without a credential, or with one that is not valid any more: the browser forgets the cookie.
    private func signOut(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        let looks = CookieLooks(verify)
        let user = try userToSignOut(request, target, from: &peer, looks)
        let cookies = SessionCookies(request.headerFields)
        let (ended, (kept, refusal)) = (sessionsToEnd(cookies, user, looks), sessionsToForget(cookies, user, peer))
        var signedOut = Answer(.noContent, fields: SessionCookie.clear + [.cacheControl: "no-store"])
        signedOut.isLast = peer.hasTriedTooOften
        return plan(cors) { [answer = signedOut] in
            var problem = kept.isEmpty ? nil : await self.record(.signOut(kept))
            problem = problem ?? refusal
            for (session, owner) in ended {
                let failure = await self.end(session, of: owner, .signedOut)
                problem = problem ?? failure
            }
            guard let problem else { return answer }
            // The browser forgets the handle in any case. Nobody else has it, so what a log that can't write still has
            // is of no use to anybody, and goes with its end.
            return problem.signedOut(isLast: answer.isLast)
        }
    }

    /// What the log is to keep no longer. A session that is known here was paid for by its sign-in. For any other the
    /// log is asked as often as a user may sign in; or an address, where nobody knows the user.
    ///
    /// - Returns: why it is not asked for some; these are left out.
    private func sessionsToForget(
        _ cookies: SessionCookies, _ user: String?, _ peer: Peer
    ) -> (kept: [KeptSession.Name], refusal: Problem?) {
        let all = known(cookies)
        let certain = all.filter { hub.sessions.session(named: $0) != nil }
        guard certain.count < all.count else { return (all, nil) }
        do throws(Problem) {
            try accounts.admitSignOut(by: user, at: peer.address, settings.callers)
            return (all, nil)
        } catch {
            return (certain, error)
        }
    }

    /// Ends a session's streams, at other gateways that share the log, too.
    ///
    /// - Returns: why it could not tell these; the streams here have ended.
    private func end(_ session: SessionID, of user: String, _ reason: StreamEnd) async -> Problem? {
        await hub.end(session, of: user, reason)
        guard hub.maySessionsComeLate else { return nil }
        do throws(Problem) {
            // The log writes for it, as for a sign-in.
            try accounts.admitSignIn(by: user, settings.callers)
        } catch {
            return error
        }
        do throws(EventLogError) {
            try await hub.endElsewhere(session, of: user, reason)
            return nil
        } catch {
            return Problem(error)
        }
    }

    /// The sessions of all its cookies that count, because all are cleared. A cookie whose token is not valid any more
    /// counts as the bearer's, if there is one.
    private func sessionsToEnd(
        _ cookies: SessionCookies, _ user: String?, _ looks: CookieLooks
    ) -> [(session: SessionID, user: String)] {
        let owned = owned(cookies, cookies.good(looks.claims))
        return cookies.counted.compactMap { cookie in
            let owner = owned.first { $0.cookie == cookie }?.user ?? user
            guard let session = cookie.session, let owner else { return nil }
            return (session, owner)
        }
    }

    private func userToSignOut(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ looks: CookieLooks
    ) throws(Problem) -> String? {
        do {
            return try identify(request, target, from: &peer, looks).claims.subject
        } catch {
            // Nor is it kept because nobody can say at present whether it is good: its issuer's keys are not here.
            guard [.unauthorized, .serviceUnavailable].contains(error.status),
                !request.headerFields.contains(.authorization)
            else { throw error }
            return nil
        }
    }

    // MARK: Both

    /// What to do when the request is complete. Its body means nothing, and is not kept.
    func plan(_ cors: HTTPFields, _ act: @escaping @Sendable () async -> Answer) -> BodyPlan {
        BodyPlan(limit: settings.bodyBytes, keepsBody: false, fields: cors) { _, respond in
            Task { respond(Self.adding(cors, to: await act())) }
        }
    }
}

extension Problem {
    /// The answer to a page that signs out while other gateways can't be told: its browser is signed out.
    fileprivate func signedOut(isLast: Bool) -> Answer {
        let told = "The browser is signed out, and the session's streams at this gateway have ended; for others: "
        var answer = Problem(status, code, told + detail, fields: fields).answer
        answer.fields += SessionCookie.clear
        answer.isLast = isLast
        return answer
    }

    static let bearerMissing = Problem(
        .unauthorized, "token-missing",
        "Send the field `Authorization: Bearer <token>`: a session begins, and goes on, with a token of its issuer.",
        fields: [.wwwAuthenticate: #"Bearer realm="sluice""#])
}
