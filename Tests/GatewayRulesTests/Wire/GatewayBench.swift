import EventHub
import EventLog
import Foundation
import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import TokenAuth
import Tracing

@testable import GatewayRules
@testable import HTTPServing

/// A gateway's rules over a hub of its own, and tokens that they take or refuse.
struct GatewayBench {
    let bench: HubBench
    let gateway: Gateway
    /// What administrators did.
    let acts = NIOLockedValueBox<[AdministratorAct]>([])
    /// What was published.
    let published = NIOLockedValueBox<[PublishedRequest]>([])
    static let allowedOrigin = "https://app.example"
    static let otherOrigin = "https://evil.example"
    /// What each new session is called.
    static let newSession = {
        var zeros = Zeros()
        return SessionID(using: &zeros)
    }()

    static let settings = GatewaySettings(
        allowsQueryToken: false, clockSkewSeconds: 30, publishNeedsClientCertificate: false, bodyBytes: 1024,
        topicsPerStream: 3, publishLimits: PublishLimits(eventBytes: 256, batchEvents: 4, usersPerEvent: 3))

    init(
        _ settings: GatewaySettings = settings, origins: [String] = [allowedOrigin], issuer: String? = nil,
        audience: String? = nil, accounts: CallerAccounts = CallerAccounts(), verifier: TokenVerifier? = nil,
        issuerKeys: (any IssuerKeys)? = nil, isShared: Bool = false,
        retaining logSettings: LogSettings = HubBench.logSettings, canary: CanaryPass? = nil,
        tracer: (any Tracer)? = nil,
        newSession: @escaping @Sendable () -> SessionID = { GatewayBench.newSession },
        everyNode: (any EveryNode)? = nil
    ) throws {
        bench = try HubBench(isShared: isShared, retaining: logSettings)
        let policy = TokenPolicy(issuer: issuer, audience: audience, clockSkewSeconds: settings.clockSkewSeconds)
        let (wall, acts, published) = (bench.wall, acts, published)
        gateway = Gateway(
            hub: bench.hub, verifier: try verifier ?? TokenVerifier(keys: try Self.keys(), policy: policy),
            issuerKeys: issuerKeys,
            cors: CORSPolicy(origins: try origins.map { try Origin($0) }), settings: settings,
            clock: { wall.withLockedValue { $0 } }, newSession: newSession, accounts: accounts,
            noteAct: { act in acts.withLockedValue { $0.append(act) } },
            notePublished: { request in published.withLockedValue { $0.append(request) } }, canary: canary,
            tracer: tracer, everyNode: everyNode)
    }

    // MARK: Tokens

    /// A key set of one key. Its secret is `letter`, over and over.
    static func keys(
        kid: String = "k1", algorithm: String = "HS256", letter: String = "s", count: Int = 64
    ) throws -> KeySet {
        let secret = base64URL(String(repeating: letter, count: count))
        return try KeySet(
            jwks: Array(#"{"keys":[{"kty":"oct","kid":"\#(kid)","alg":"\#(algorithm)","k":"\#(secret)"}]}"#.utf8))
    }

    static func base64URL(_ text: String) -> String {
        Data(text.utf8).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    /// A token of this gateway's key, or of another.
    ///
    /// - Parameter issuedAfter: when it was issued, in seconds from the bench's time.
    func token(
        _ subject: String = "alice", subscribe: [String] = [], publish: [String] = [], lifetime: Int64 = 3600,
        issuedAfter: Int64 = 0, issuer: String? = nil, audience: String? = nil, tokenID: String? = nil,
        isAdmin: Bool = false, keys: KeySet? = nil
    ) throws -> String {
        let now = bench.wall.withLockedValue { $0.milliseconds } / 1000
        return try TokenIssuer(keys: keys ?? Self.keys()).issue(
            subject: subject, lifetimeSeconds: lifetime,
            grants: Grants(subscribe: subscribe, publish: publish, isAdmin: isAdmin),
            issuer: issuer, audience: audience, tokenID: tokenID, now: NumericDate(secondsSinceEpoch: now + issuedAfter)
        )
    }

    // MARK: Requests

    /// A request with a bearer token, if one is given.
    static func request(
        _ method: HTTPRequest.Method = .get, _ path: String = "/v1/stream", token: String? = nil,
        _ fields: HTTPFields = [:]
    ) -> HTTPRequest {
        var request = HTTPRequest(
            method: method, scheme: "https", authority: "sluice.example", path: path, headerFields: fields)
        if let token { request.headerFields[.authorization] = "Bearer \(token)" }
        return request
    }

    func judge(_ request: HTTPRequest, from peer: Peer = Peer()) -> Verdict {
        var peer = peer
        return gateway.judge(request, from: &peer)
    }

    /// What is answered before a body has been read.
    func answer(_ request: HTTPRequest, from peer: Peer = Peer()) throws -> Answer {
        guard case .answer(let answer) = judge(request, from: peer) else { throw NoResponse(text: "not answered yet") }
        return answer
    }

    /// The stream that may be opened.
    func stream(_ request: HTTPRequest) throws -> HubStreamPlan {
        switch judge(request) {
        case .stream(let plan as HubStreamPlan): return plan
        case .stream: throw NoResponse(text: "no stream of the hub")
        case .answer(let answer): throw NoResponse(text: String(buffer: answer.body))
        case .collect: throw NoResponse(text: "wants a body")
        case .postponed: throw NoResponse(text: "waits")
        }
    }

    /// What an administrator's request is answered with, while the hub does what it was told.
    func administer(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, token: String? = nil,
        _ fields: HTTPFields = [:], from peer: Peer = Peer()
    ) async throws -> Answer {
        var fields = fields
        if body != nil, !fields.contains(.contentType) { fields[.contentType] = "application/json" }
        let token = try token ?? self.token("root", isAdmin: true)
        switch judge(Self.request(method, path, token: token.isEmpty ? nil : token, fields), from: peer) {
        case .answer(let answer): return answer
        case .collect(let plan):
            let answer = NIOLockedValueBox<Answer?>(nil)
            plan.respond(ByteBuffer(string: body ?? "")) { given in answer.withLockedValue { $0 = given } }
            while true {
                if let answer = answer.withLockedValue({ $0 }) { return answer }
                await bench.loop.advanceTime(by: .milliseconds(1))
            }
        default: throw NoResponse(text: "became a stream")
        }
    }

    /// Publishes, and gives the answer.
    func publish(
        _ body: String, token: String? = nil, type: String = "application/json", _ fields: HTTPFields = [:]
    ) async throws -> Answer {
        try await publish(ByteBuffer(string: body), token: token, type: type, fields)
    }

    func publish(
        _ body: ByteBuffer, token: String? = nil, type: String = "application/json", _ fields: HTTPFields = [:]
    ) async throws -> Answer {
        let token = try token ?? self.token(publish: ["user:*", "topic:*", "everyone"])
        var fields = fields
        fields[.contentType] = type
        switch judge(Self.request(.post, "/v1/publish", token: token, fields)) {
        case .answer(let answer): return answer
        case .stream: throw NoResponse(text: "became a stream")
        case .postponed: throw NoResponse(text: "waits")
        case .collect(let plan):
            return await withCheckedContinuation { continuation in
                plan.respond(body) { continuation.resume(returning: $0) }
            }
        }
    }
}

extension Answer {
    var text: String { String(buffer: body) }
    var challenge: String? { fields[.wwwAuthenticate] }

    /// The `code` of a problem.
    var code: String? {
        guard let start = text.utf8Range(of: #""code":""#) else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }

    /// The `detail` of a problem that has no quotes in it.
    var detail: String? {
        guard let start = text.utf8Range(of: #""detail":""#) else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }
}

/// Not random at all: a session's name that a test can write down.
private struct Zeros: RandomNumberGenerator {
    func next() -> UInt64 { 0 }
}
