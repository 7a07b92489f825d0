import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// When a connection's client is no stranger any more.
@Suite struct PeerTests {
    private let calls = NIOLockedValueBox(0)

    private func stranger() -> Peer {
        Peer { [calls] in calls.withLockedValue { $0 += 1 } }
    }

    @Test(arguments: [
        (HTTPRequest.Method.get, "/v1/stream"), (.head, "/v1/stream"), (.post, "/v1/publish"), (.post, "/v1/session"),
        (.delete, "/v1/session"),
    ])
    func `a good token makes a client known, and is told once`(method: HTTPRequest.Method, path: String) throws {
        let bench = try GatewayBench()
        var peer = stranger()
        let request = GatewayBench.request(method, path, token: try bench.token())
        for _ in 0..<2 { _ = bench.gateway.judge(request, from: &peer) }
        #expect(!peer.isStranger)
        #expect(calls.withLockedValue { $0 } == 1)
    }

    @Test(arguments: [
        (HTTPRequest.Method.get, "/v1/stream"), (.post, "/v1/publish"), (.post, "/v1/session"),
        (.delete, "/v1/session"), (.options, "/v1/stream"), (.get, "/v1/sluice.js"), (.get, "/nowhere"),
    ])
    func `without a token, and with a bad one, it stays a stranger`(method: HTTPRequest.Method, path: String) throws {
        let bench = try GatewayBench()
        var peer = stranger()
        let expired = try bench.token(lifetime: 1, issuedAfter: -3600)
        for token in [nil, "", "a.b.c", expired] {
            _ = bench.gateway.judge(GatewayBench.request(method, path, token: token), from: &peer)
        }
        #expect(peer.isStranger)
        #expect(calls.withLockedValue { $0 } == 0)
    }

    @Test func `a token that is good and not enough makes it known: its user can be named`() throws {
        let bench = try GatewayBench()
        var peer = stranger()
        let request = GatewayBench.request(.get, "/v1/stream?topic=secret", token: try bench.token())
        _ = bench.gateway.judge(request, from: &peer)
        #expect(!peer.isStranger)
    }

    /// A made-up signature costs its sender nothing, and us up to half a millisecond.
    @Test(arguments: [("/v1/stream", false), ("/v1/stream", true), ("/v1/publish", false)])
    func `a stranger that brings one bad token after another is told so and left`(path: String, cookie: Bool) throws {
        let bench = try GatewayBench()
        let (method, token): (HTTPRequest.Method, String) = (path == "/v1/publish" ? .post : .get, "a.b.c")
        let request =
            cookie
            ? GatewayBench.request(method, path, [.cookie: "__Host-sluice=\(token)"])
            : GatewayBench.request(method, path, token: token)
        var peer = stranger()
        for number in 1...20 {
            guard case .answer(let answer) = bench.gateway.judge(request, from: &peer) else {
                Issue.record("was let in")
                return
            }
            #expect(answer.status == .unauthorized && answer.isLast == (number >= 16), "answer \(number)")
        }
    }

    @Test func `who signs out with bad cookies all the time is left, too`() async throws {
        let bench = try GatewayBench()
        var peer = stranger()
        let request = GatewayBench.request(
            .delete, "/v1/session", [.cookie: "__Host-sluice=a.b.c", .origin: GatewayBench.allowedOrigin])
        var last = 0
        for _ in 1...20 {
            guard case .collect(let plan) = bench.gateway.judge(request, from: &peer) else { continue }
            let answer = await withCheckedContinuation { continuation in
                plan.respond(ByteBuffer()) { continuation.resume(returning: $0) }
            }
            #expect(answer.status == .noContent)
            last += answer.isLast ? 1 : 0
        }
        #expect(last == 5)
    }

    @Test func `a connection of many users is left after a thousand bad tokens`() throws {
        let bench = try GatewayBench()
        var peer = stranger()
        _ = bench.gateway.judge(GatewayBench.request(token: try bench.token()), from: &peer)
        let bad = GatewayBench.request(token: "a.b.c")
        for _ in 1...1023 { _ = bench.gateway.judge(bad, from: &peer) }
        #expect(!peer.hasTriedTooOften)
        _ = bench.gateway.judge(bad, from: &peer)
        #expect(peer.hasTriedTooOften)
    }

    @Test func `who shows no token at all is never left for it`() throws {
        let bench = try GatewayBench()
        var peer = stranger()
        for _ in 1...100 { _ = bench.gateway.judge(GatewayBench.request(), from: &peer) }
        #expect(!peer.hasTriedTooOften)
    }
}
