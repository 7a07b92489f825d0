// A backend without sockets: requests in, answers and published events out.

import GatewayClient
import GatewayRules
import HTTPServing
import HTTPTypes
import NIOCore
import Synchronization
import Testing
import TokenAuth

@testable import GatewayDemo

/// Keeps what it is given to publish.
final class RecordingPublisher: EventPublisher {
    private let state = Mutex<(events: [(request: PublishRequest, key: String)], failure: GatewayClientError?)>(
        ([], nil))

    var events: [PublishRequest] { state.withLock { $0.events.map(\.request) } }
    var keys: [String] { state.withLock { $0.events.map(\.key) } }

    func fail(with error: GatewayClientError) { state.withLock { $0.failure = error } }

    func publish(_ event: PublishRequest, key: String) async throws -> Int {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.events.append((event, key))
            return 2
        }
    }
}

/// A backend with keys, a clock and a publisher of the test.
struct DemoBench {
    static let origin = "https://localhost:8444"
    static let now: Int64 = 1_763_769_600_000
    static let jwks = #"{"keys":[{"kty":"oct","kid":"k","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldC0wMQ"}]}"#

    let publisher = RecordingPublisher()
    let keys: KeySet
    let sessions: LoginCookie
    let backend: DemoBackend

    init(names: DemoSettings.TokenNames = .init(), cluster: ClusterPage? = nil) throws {
        keys = try KeySet(jwks: Array(Self.jwks.utf8))
        let issuer = try TokenIssuer(keys: keys)
        let clock: @Sendable () -> Int64 = { Self.now }
        sessions = LoginCookie(keys: keys, issuer: issuer, clock: clock)
        var tokens = TokenDesk(
            issuer: issuer, names: names, publishing: try Grants(publish: ["user:*", "everyone"]), clock: clock)
        if cluster != nil { tokens.reading = try ClusterPage.grants }
        backend = DemoBackend(
            origin: Self.origin, gateway: "https://localhost:8443", tokens: tokens, sessions: sessions,
            publisher: publisher, cluster: cluster, clock: clock)
    }

    /// A request as the page makes it, by a user who has signed in, or by nobody.
    func request(
        _ method: HTTPRequest.Method, _ path: String, as user: String? = nil, origin: String? = DemoBench.origin
    ) throws -> HTTPRequest {
        var request = HTTPRequest(method: method, scheme: "https", authority: "localhost:8444", path: path)
        if let origin { request.headerFields[.origin] = origin }
        if let user {
            let pair = try #require(try sessions.setting(user).split(separator: ";").first)
            request.headerFields[.cookie] = "other=1; \(pair)"
        }
        return request
    }

    /// The answer to a request, with the body that it has.
    func answer(to request: HTTPRequest, _ body: String = "") async -> Answer {
        var peer = Peer()
        switch backend.judge(request, from: &peer) {
        case .answer(let answer): return answer
        case .collect(let plan):
            return await withCheckedContinuation { continuation in
                plan.respond(ByteBuffer(string: body)) { continuation.resume(returning: $0) }
            }
        case .stream, .postponed: return Answer(.notImplemented)
        }
    }

    func get(_ path: String, as user: String? = nil) async throws -> Answer {
        await answer(to: try request(.get, path, as: user))
    }

    func post(_ path: String, _ body: String, as user: String? = nil) async throws -> Answer {
        await answer(to: try request(.post, path, as: user), body)
    }
}

extension Answer {
    var text: String { String(buffer: body) }
}
