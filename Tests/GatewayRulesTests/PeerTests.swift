import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
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
}
