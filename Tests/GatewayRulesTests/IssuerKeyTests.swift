import EventHub
import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import Testing
import TokenAuth

@testable import GatewayRules
@testable import HTTPServing

/// What becomes of requests whose token's key is not there.
@Suite struct IssuerKeyTests {
    private static let issuer = "https://id.example"

    /// Who knows the keys, as a test says it.
    private struct Keeper: IssuerKeys {
        let now: KeyOutlook
        let afterwards: KeyOutlook
        let asked = NIOLockedValueBox<[MissingKey]>([])
        let callbacks = NIOLockedValueBox<[@Sendable () -> Void]>([])

        func outlook(for key: MissingKey, then callback: @escaping @Sendable () -> Void) -> KeyOutlook {
            asked.withLockedValue { $0.append(key) }
            callbacks.withLockedValue { $0.append(callback) }
            return now
        }

        func outlook(afterWaitingFor key: MissingKey) -> KeyOutlook { afterwards }
    }

    private static func bench(_ now: KeyOutlook, afterwards: KeyOutlook = .unknown) throws -> (GatewayBench, Keeper) {
        let keeper = Keeper(now: now, afterwards: afterwards)
        let issuers = [
            TrustedIssuer(rules: IssuerRules(), keys: try GatewayBench.keys()),
            TrustedIssuer(rules: IssuerRules(name: issuer), keys: .none, canFetch: true),
        ]
        let bench = try GatewayBench(
            verifier: TokenVerifier(issuers: issuers, policy: TokenPolicy()), issuerKeys: keeper)
        return (bench, keeper)
    }

    private static func request(
        _ bench: GatewayBench, _ method: HTTPRequest.Method = .get, _ path: String = "/v1/stream", cookie: Bool = false
    ) throws -> HTTPRequest {
        let token = try bench.token(publish: ["user:*"], issuer: issuer, keys: GatewayBench.keys(kid: "theirs"))
        var fields: HTTPFields = [.contentType: "application/json"]
        if cookie {
            fields[.cookie] = "__Host-sluice=\(token)"
            fields[.origin] = GatewayBench.allowedOrigin
        }
        return GatewayBench.request(method, path, token: cookie ? nil : token, fields)
    }

    @Test(arguments: [
        (HTTPRequest.Method.get, "/v1/stream", false), (.get, "/v1/stream", true), (.post, "/v1/publish", false),
        (.post, "/v1/session", false), (.delete, "/v1/session", true),
    ])
    func eachKindOfRequestWaits(method: HTTPRequest.Method, path: String, cookie: Bool) throws {
        let cancelled = NIOLockedValueBox(0)
        let (bench, keeper) = try Self.bench(.wait { cancelled.withLockedValue { $0 += 1 } })
        guard case .postponed(let postponement) = bench.judge(try Self.request(bench, method, path, cookie: cookie))
        else { throw NoResponse(text: "does not wait") }
        #expect(keeper.asked.withLockedValue { $0.map(\.keyID) } == ["theirs"])
        postponement.giveUp()
        #expect(cancelled.withLockedValue { $0 } == 1, "a client that leaves is told of")
    }

    @Test func nobodyWaitsTwice() throws {
        let (bench, keeper) = try Self.bench(.wait {})
        var peer = Peer()
        peer.hasWaited = true
        let answer = try bench.answer(try Self.request(bench), from: peer)
        #expect(answer.status == .unauthorized && answer.code == "token-key-unknown")
        #expect(keeper.asked.withLockedValue { $0.isEmpty })
    }

    /// On a shared computer the cookie would be there, and good again, when its provider is back.
    @Test func aBrowserForgetsItsCookieWhileNobodyCanSay() async throws {
        let (bench, _) = try Self.bench(.unavailable(seconds: 7))
        guard case .collect(let plan) = bench.judge(try Self.request(bench, .delete, "/v1/session", cookie: true))
        else { throw NoResponse(text: "no sign-out") }
        let answer = await withCheckedContinuation { continuation in
            plan.respond(ByteBuffer()) { continuation.resume(returning: $0) }
        }
        #expect(answer.status == .noContent && answer.fields.contains(.setCookie))
    }

    @Test func whileNobodyCanSayItIsForLater() throws {
        let (bench, _) = try Self.bench(.unavailable(seconds: 7))
        let answer = try bench.answer(try Self.request(bench, .post, "/v1/publish"))
        #expect(answer.status == .serviceUnavailable && answer.code == "keys-unavailable")
        #expect(answer.fields[.retryAfter] == "7")
    }

    /// `EventSource` stops for good at any status but 200.
    @Test(arguments: [nil, "1-1", "1-1~rejected"])
    func aPageIsToldToComeAgain(lastEventID: String?) throws {
        let (bench, _) = try Self.bench(.unavailable(seconds: 7))
        var request = try Self.request(bench, cookie: true)
        if let lastEventID { request.headerFields[try #require(HTTPField.Name("Last-Event-ID"))] = lastEventID }
        let answer = try bench.answer(request)
        #expect(answer.status == .ok && answer.fields[.contentType] == "text/event-stream")
        #expect(answer.text.contains("event: sluice.rejected") && answer.text.contains(#""retryable":true"#))
        #expect(answer.text.contains("keys-unavailable") && !answer.text.contains("\nid:"), "its place stays its own")
        #expect(answer.fields[.accessControlAllowOrigin] == GatewayBench.allowedOrigin)
    }

    @Test func aKeyThatDoesNotExistIsRefusedAtOnce() throws {
        let (bench, _) = try Self.bench(.unknown)
        #expect(try bench.answer(try Self.request(bench)).code == "token-key-unknown")
    }

    @Test func tokensOfOtherIssuersAskNobody() throws {
        let (bench, keeper) = try Self.bench(.wait {})
        let own = GatewayBench.request(.get, "/v1/stream", token: try bench.token())
        _ = try bench.stream(own)
        let unknown = try bench.token(keys: GatewayBench.keys(kid: "nobody's"))
        #expect(try bench.answer(GatewayBench.request(token: unknown)).code == "token-key-unknown")
        #expect(keeper.asked.withLockedValue { $0.isEmpty })
    }

    @Test func streamsOfAProviderEndWithItsIssuerAndNotWithItsKeys() throws {
        var settings = GatewayBench.settings
        settings.providerMarks = [Self.issuer: 7]
        let issuers = [
            TrustedIssuer(
                rules: IssuerRules(name: Self.issuer), keys: try GatewayBench.keys(kid: "theirs"), canFetch: true)
        ]
        let bench = try GatewayBench(
            settings, verifier: TokenVerifier(issuers: issuers, policy: TokenPolicy()))
        #expect(try bench.stream(try Self.request(bench)).key == 7)
    }
}
