// The demo's rules: who has logged in, who may do what, and who is told of it. A value that reads no socket; how a
// token is issued and an event published stands in TokenDesk and Notifier.

internal import GatewayClient
internal import HTTPServing
internal import HTTPTypes
internal import StrictJSON
internal import Synchronization

/// Serves the page and its JSON.
struct DemoBackend: RequestJudge {
    /// They have no passwords: this is a demo, and says so.
    static let users = ["alice", "bob", "carol"]
    private static let bodyBytes = 16 * 1024
    private static let tokenSeconds: Int64 = 600

    private let origin: String
    private let gateway: String
    private let tokens: TokenDesk
    private let sessions: LoginCookie
    private let actions: BoardActions
    private let cluster: ClusterPage?
    private let fields: HTTPFields

    init(
        origin: String, gateway: String, tokens: TokenDesk, sessions: LoginCookie, publisher: any EventPublisher,
        cluster: ClusterPage? = nil, clock: @escaping @Sendable () -> Int64
    ) {
        self.origin = origin
        self.gateway = gateway
        self.tokens = tokens
        self.sessions = sessions
        self.cluster = cluster
        actions = BoardActions(publisher: publisher, clock: clock)
        fields = PagePolicy.fields(gateway: gateway, others: cluster?.origins ?? [])
    }

    func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        do throws(Problem) {
            switch request.method {
            case .get, .head:
                let target = try RequestTarget(request.path)
                if target.path == "/streams", let cluster { return .collect(look(cluster, for: try user(of: request))) }
                return .answer(finish(try read(request, target)))
            case .post: return .collect(try plan(request, try RequestTarget(request.path)))
            default:
                throw Problem(
                    .methodNotAllowed, "method-not-allowed", "Use GET or POST.", fields: [.allow: "GET, POST"])
            }
        } catch {
            return .answer(finish(error.answer))
        }
    }

    private func finish(_ answer: Answer) -> Answer {
        var answer = answer
        answer.add(fields)
        return answer
    }

    // MARK: Reading

    private func read(_ request: HTTPRequest, _ target: RequestTarget) throws(Problem) -> Answer {
        if let file = PageFile.all[target.path] {
            // The gateway knows one origin of this page, and so do its cookies: 127.0.0.1 is another one.
            guard "https://\(request.authority ?? "")" == origin else { return moved(to: target.path) }
            return file.answer
        }
        switch target.path {
        case "/me": return me(sessions.user(of: request))
        case "/token": return try token(for: try user(of: request), target["seconds"].first)
        case "/posts": return .json(.ok, actions.postsJSON)
        case "/inbox": return .json(.ok, actions.inboxJSON(of: try user(of: request)))
        default: throw .nothingHere
        }
    }

    private func moved(to path: String) -> Answer {
        Answer(.permanentRedirect, fields: [.location: origin + path, .cacheControl: "no-store"])
    }

    private func me(_ user: String?) -> Answer {
        .json(.ok) { members in
            members.string("user", user ?? "")
            members.strings("users", Self.users)
            members.string("gateway", gateway)
            cluster?.write(to: &members)
        }
    }

    /// Where the user's streams are. The gateways are asked, so the answer comes later.
    private func look(_ cluster: ClusterPage, for user: String) -> BodyPlan {
        BodyPlan(limit: Self.bodyBytes, keepsBody: false, fields: fields) { _, respond in
            Task { respond(finish(await cluster.streams(of: user))) }
        }
    }

    /// A token for the user of the session: the page shows it to the gateway. It may ask for a shorter one, to see it
    /// expire.
    private func token(for user: String, _ text: String?) throws(Problem) -> Answer {
        let seconds = text.map { Int64($0) ?? 0 } ?? Self.tokenSeconds
        guard (1...Self.tokenSeconds).contains(seconds) else {
            throw Problem(.badRequest, "field-invalid", "`seconds` has to be a number from 1 to \(Self.tokenSeconds).")
        }
        do {
            let token = try tokens.token(for: user, seconds: seconds)
            return .json(.ok) { members in
                members.string("token", token)
                members.string("user", user)
                members.integer("expiresIn", seconds)
            }
        } catch {
            throw Problem(.internalServerError, "token-failed", "\(error)")
        }
    }

    private func user(of request: HTTPRequest) throws(Problem) -> String {
        guard let user = sessions.user(of: request), Self.users.contains(user) else {
            throw Problem(.unauthorized, "signed-out", "Sign in first.")
        }
        return user
    }

    // MARK: Writing

    /// Browsers send a session's cookie whoever asks them to; the Origin says whether it was this page (CSRF).
    private func plan(_ request: HTTPRequest, _ target: RequestTarget) throws(Problem) -> BodyPlan {
        guard request.headerFields[.origin] == origin else {
            throw Problem(.forbidden, "origin-not-allowed", "Only the demo's own page may change something: \(origin).")
        }
        let tooLarge = Problem(.contentTooLarge, "body-too-large", "A body may have \(Self.bodyBytes) bytes.")
        return BodyPlan(limit: Self.bodyBytes, fields: fields, tooLarge: { finish(tooLarge.answer) }) { body, respond in
            Task {
                do throws(Problem) {
                    respond(finish(try await write(request, target, try TextFields(body))))
                } catch {
                    respond(finish(error.answer))
                }
            }
        }
    }

    private func write(
        _ request: HTTPRequest, _ target: RequestTarget, _ fields: TextFields
    ) async throws(Problem) -> Answer {
        // In ASCII, as a target is.
        let path = target.path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
        switch path.first {
        case "login" where path.count == 1: return try login(fields)
        case "logout" where path.count == 1: return Answer(.noContent, fields: [.setCookie: LoginCookie.clearing])
        default: return try await actions.act(path, by: try user(of: request), fields)
        }
    }

    private func login(_ fields: TextFields) throws(Problem) -> Answer {
        let user = try fields.required("user")
        guard Self.users.contains(user) else {
            throw Problem(.forbidden, "user-unknown", "The demo's users are \(Self.users.joined(separator: ", ")).")
        }
        do {
            var answer = me(user)
            answer.fields[.setCookie] = try sessions.setting(user)
            return answer
        } catch {
            throw Problem(.internalServerError, "token-failed", "\(error)")
        }
    }
}
