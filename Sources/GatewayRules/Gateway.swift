// The public listener's rules: CORS, then credential, then token, then grants. They decide, and read and write nothing.
// Each path has a file of its own.

package import EventHub
package import EventLog
package import HTTPServing
package import HTTPTypes
internal import NIOCore
internal import PeerText
package import TokenAuth
package import Tracing

/// Judges requests to the public surface, over HTTP/1.1 and HTTP/2 alike.
///
/// One object, since every request takes hold of it.
package final class Gateway: RequestJudge {
    let hub: EventHub
    let verifier: TokenVerifier
    /// Where keys are fetched from; nothing where all are in files.
    let issuerKeys: (any IssuerKeys)?
    private let cors: CORSPolicy
    let settings: GatewaySettings
    let clock: @Sendable () -> WallTime
    let newSession: @Sendable () -> SessionID
    let accounts: CallerAccounts
    /// Told of what an administrator did.
    let noteAct: @Sendable (AdministratorAct) -> Void
    /// Told of what was published; nothing where nobody keeps book of it.
    let notePublished: (@Sendable (PublishedRequest) -> Void)?
    /// What the gateway's own streams show; nothing where there are none.
    let canary: CanaryPass?
    /// Makes spans of requests; nothing where nobody asks for them.
    let tracer: (any Tracer)?
    /// What a publisher is told of the log.
    let promise: LogPromise
    /// The gateways that share the log; nothing where this one has it for itself.
    let everyNode: (any EveryNode)?
    /// Tells these rules from those before and after a reload.
    let edition = RulesEdition()

    /// - Parameters:
    ///   - issuerKeys: asked about keys that the verifier does not have.
    ///   - clock: the calendar's time.
    ///   - newSession: makes a name for a session. Nobody may be able to guess it.
    ///   - accounts: what each caller has had of late.
    ///   - noteAct: told of what an administrator did, on any thread.
    ///   - notePublished: told of each request whose events are in the log, on any thread.
    ///   - canary: what the gateway's own streams show.
    ///   - tracer: makes spans of requests.
    ///   - promise: what publishers are told of the log.
    ///   - everyNode: the gateways that share the log; nothing where this one has it for itself.
    package init(
        hub: EventHub, verifier: TokenVerifier, issuerKeys: (any IssuerKeys)? = nil, cors: CORSPolicy,
        settings: GatewaySettings, clock: @escaping @Sendable () -> WallTime,
        newSession: @escaping @Sendable () -> SessionID, accounts: CallerAccounts = CallerAccounts(),
        noteAct: @escaping @Sendable (AdministratorAct) -> Void = { _ in },
        notePublished: (@Sendable (PublishedRequest) -> Void)? = nil, canary: CanaryPass? = nil,
        tracer: (any Tracer)? = nil, promise: LogPromise = LogPromise(), everyNode: (any EveryNode)? = nil
    ) {
        self.everyNode = everyNode
        self.canary = canary
        self.tracer = tracer
        self.notePublished = notePublished
        self.promise = promise
        self.hub = hub
        self.verifier = verifier
        self.issuerKeys = issuerKeys
        self.cors = cors
        self.settings = settings
        self.clock = clock
        self.newSession = newSession
        self.accounts = accounts
        self.noteAct = noteAct
    }

    package func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        guard let tracer else { return judged(request, from: &peer) }
        return judged(request, from: &peer, by: tracer)
    }

    /// Judges a request outside of any span, or within one that has begun.
    func judged(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        begin(request, from: &peer)
        let verdict = judge(request) { cors in judge(request, from: &peer, cors) }
        if let postponement = peer.postponement.take() { return .postponed(postponement) }
        guard peer.hasTriedTooOften, case .answer(var answer) = verdict else { return verdict }
        answer.isLast = true
        return .answer(answer)
    }

    /// Notes whom a request is from, as far as its connection and its proxy say it.
    func begin(_ request: HTTPRequest, from peer: inout Peer) {
        peer.asksAnew()
        peer.requestID = RequestID(request.headerFields) ?? .fresh()
        guard let rule = settings.forwarding else { return }
        let client = rule.client(of: request.headerFields, connectedFrom: peer.connectedFrom)
        if let client { peer.asks(for: client) }
    }

    package var namesRequests: Bool { true }

    package func fieldsBeforeRules(origins: [String]) -> HTTPFields {
        guard case .allowed(let fields) = cors.rule(onOrigins: origins) else { return CORSPolicy.vary }
        return fields + CORSPolicy.vary
    }

    /// CORS comes first: a page can't read an answer without these fields.
    func judge(_ request: HTTPRequest, behindCORS verdict: (HTTPFields) -> Verdict) -> Verdict {
        switch cors.rule(on: request) {
        case .refused(let near): .answer(Self.adding(CORSPolicy.vary, to: Problem.originNotAllowed(near).answer))
        case .notCrossOrigin: verdict(CORSPolicy.vary)
        case .allowed(let fields): verdict(fields + CORSPolicy.vary)
        }
    }

    private func judge(_ request: HTTPRequest, from peer: inout Peer, _ cors: HTTPFields) -> Verdict {
        // RFC 9110 §9.3.7: `*` asks about the gateway as a whole.
        if request.method == .options, request.path?.hasSameBytes(as: "*") == true {
            return .answer(options(request, Route.allMethods, cors))
        }
        do throws(Problem) {
            let target = try RequestTarget(request.path)
            guard let route = Route(path: target.path) else { throw .pathUnknown }
            guard route.methods.contains(request.method) else { throw .methodNotAllowed(allow: route.methods) }
            if request.method == .options { return .answer(options(request, route.methods, cors)) }
            switch route {
            case .stream: return try stream(request, target, from: &peer, cors)
            case .publish: return .collect(try publish(request, target, from: &peer, cors))
            case .session: return .collect(try session(request, target, from: &peer, cors))
            case .revocations, .users, .userStreams, .userStream:
                return .collect(try administer(route, request, target, from: &peer, cors))
            case .module: return .answer(ModuleFile.script.answer(to: request, cors))
            case .types: return .answer(ModuleFile.types.answer(to: request, cors))
            case .description: return .answer(ModuleFile.description.answer(to: request, cors))
            }
        } catch {
            var answer = Self.adding(cors, to: error.answer)
            // The client needs another handshake.
            answer.isLast = error == .clientAuthoritiesChanged
            return .answer(answer)
        }
    }

    /// The answer with the fields without which a page can't read it.
    static func adding(_ cors: HTTPFields, to answer: Answer) -> Answer {
        var answer = answer
        answer.add(cors)
        return answer
    }

    private func options(_ request: HTTPRequest, _ methods: [HTTPRequest.Method], _ cors: HTTPFields) -> Answer {
        if CORSPolicy.isPreflight(request) { return CORSPolicy.preflight(methods, cors) }
        return Answer(.noContent, fields: cors + [.allow: methods.map(\.rawValue).joined(separator: ", ")])
    }

    // MARK: Identity

    /// Who asks, and with which credential.
    struct Identity {
        let claims: Claims
        /// A secret. It goes into no log, metric or answer, except for the answer that makes a cookie of it.
        let token: Substring
        /// The sign-in that the token belongs to, when it came in the session cookie.
        var session: SessionID?
        /// What the gateway keeps in the token's place, when the cookie has a handle.
        var kept: KeptSession.Name?
    }

    /// Finds out who asks, by the token alone. Nothing else in a request chooses a user.
    ///
    /// - Parameter looks: what is found out of the cookies, for who needs to know it of each.
    func identify(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ looks: CookieLooks? = nil
    ) throws(Problem) -> Identity {
        let identity = try identify(request, target, from: &peer, looks) { token throws(TokenRefusal) in
            try verifier.verify(token.utf8, now: now)
        }
        peer.showedGoodToken(of: identity.claims.subject)
        return identity
    }

    /// Finds out who publishes. A connection that shows the same token again does not have it verified twice.
    ///
    /// - Returns: the token, too, unless it came in a cookie.
    func identifyPublisher(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer
    ) throws(Problem) -> (Claims, VerifiedToken?) {
        var (last, shown) = (peer.memory as? VerifiedToken, VerifiedToken?.none)
        defer { if last !== peer.memory { peer.memory = last } }
        let claims = try identify(request, target, from: &peer, nil) { token throws(TokenRefusal) in
            let claims = try verifier.verify(token.utf8, now: now, last: &last)
            shown = last
            return claims
        }.claims
        peer.showedGoodToken(of: claims.subject)
        return (claims, shown)
    }

    /// - Parameter verify: finds out what a token says that came by itself, and not in a cookie.
    private func identify(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ looks: CookieLooks?,
        _ verify: (Substring) throws(TokenRefusal) -> Claims
    ) throws(Problem) -> Identity {
        do throws(Problem) {
            return try identity(request, target, from: &peer, looks, verify)
        } catch {
            if error.status == .unauthorized, error.code != Problem.tokenMissing.code { peer.showedBadToken() }
            throw error
        }
    }

    private func identity(
        _ request: HTTPRequest, _ target: RequestTarget, from peer: inout Peer, _ looks: CookieLooks?,
        _ verify: (Substring) throws(TokenRefusal) -> Claims
    ) throws(Problem) -> Identity {
        switch try credential(request, target) {
        case .authorization(let token), .query(let token):
            do throws(TokenRefusal) {
                return Identity(claims: try unrevoked(verify(token)), token: token)
            } catch {
                throw problem(error, from: &peer)
            }
        case .cookies(let cookies):
            if !request.headerFields.contains(.origin) { try permitCookie(request) }
            let (cookie, claims) = try chosen(of: cookies, from: &peer, looks)
            return Identity(
                claims: claims, token: cookie.token, session: cookie.session, kept: cookie.handle?.name)
        }
    }

    /// The cookie that counts. Where none is good, one whose key may still come is waited for, or one whose session may
    /// be kept by another node.
    private func chosen(
        of cookies: SessionCookies, from peer: inout Peer, _ looks: CookieLooks?
    ) throws(Problem) -> SessionCookies.Good {
        var (lacksKey, lacksSession, hasGood): (TokenRefusal?, KeptSession.Name?, Bool) = (nil, nil, false)
        do throws(Problem) {
            return try cookies.chosen { cookie throws(TokenRefusal) in
                do throws(TokenRefusal) {
                    let claims = if let looks { try looks.claims(of: cookie) } else { try verify(cookie) }
                    hasGood = true
                    return claims
                } catch {
                    if error.missingKey != nil { lacksKey = lacksKey ?? error }
                    if error == .notKept { lacksSession = lacksSession ?? cookie.handle?.name }
                    throw error
                }
            }
        } catch {
            guard !hasGood else { throw error }
            if let lacksKey { throw problem(lacksKey, from: &peer) }
            if let lacksSession, let problem = waiting(for: lacksSession, from: &peer) { throw problem }
            throw error
        }
    }

    private func credential(_ request: HTTPRequest, _ target: RequestTarget) throws(Problem) -> Credential {
        do throws(Problem) {
            return try Credential(request, target: target, allowsQuery: settings.allowsQueryToken)
        } catch {
            throw error == .tokenMissing && dropsCookie(request) ? .cookieDropped(settings.sameSite) : error
        }
    }

    /// Whether the browser drops the session cookie of the page that asks (RFC 6265bis §5.7, §5.8.3).
    func dropsCookie(_ request: HTTPRequest) -> Bool {
        settings.sameSite != .none && Self.fetchSite.flatMap(request.headerFields.combined) == "cross-site"
    }

    /// The claims of a cookie's token, if it is valid. That does not say yet who asks.
    func verify(_ cookie: SessionCookie) throws(TokenRefusal) -> Claims {
        guard let handle = cookie.handle else { return try unrevoked(verifier.verify(cookie.token.utf8, now: now)) }
        guard let session = hub.sessions.session(named: handle.name) else { throw .notKept }
        return try unrevoked(verifier.claims(kept: session.content, now: now))
    }

    /// A token may be revoked at any time, also one that its connection has shown before.
    private func unrevoked(_ claims: Claims) throws(TokenRefusal) -> Claims {
        guard !hub.revocations.refuses(claims) else { throw .revoked }
        return claims
    }

    /// A browser sends a cookie for any page that asks it to. An `Origin` that CORS has allowed says that an allowed
    /// page asked. Browsers leave `Origin` out of a GET within one origin, and out of a GET whose answer the page can't
    /// read. The latter would still hold a stream.
    private func permitCookie(_ request: HTTPRequest) throws(Problem) {
        guard request.method == .get || request.method == .head else { throw .originMissing }
        let asker = Self.fetchSite.flatMap(request.headerFields.combined) ?? "none"
        guard asker.hasSameBytes(as: "none") || asker.hasSameBytes(as: "same-origin") else { throw .originMissing }
    }

    /// Which page asks, as the browser says it (W3C Fetch Metadata §2.3). Programs do not send it.
    private static let fetchSite = HTTPField.Name("Sec-Fetch-Site")

    var now: NumericDate { NumericDate(secondsSinceEpoch: clock().milliseconds / 1000) }

    /// The time until `exp`. A token past its `exp` that the clock skew allows has what is left of the skew.
    func lifetime(of claims: Claims) -> TimeAmount {
        let left = claims.expiresAt.secondsSinceEpoch * 1000 - clock().milliseconds
        return .milliseconds(left > 0 ? left : max(0, left + settings.clockSkewSeconds * 1000))
    }
}
