import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import PeerText
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// What one publisher, one user and one address get, and what they are told beyond.
@Suite struct CallerLimitTests {
    private let clock = NIOLockedValueBox(NIODeadline.uptimeNanoseconds(1_000_000_000_000))

    private func bench(_ limits: CallerLimits, _ forwarding: ForwardedRule? = nil) throws -> GatewayBench {
        var settings = GatewayBench.settings
        settings.callers = limits
        settings.forwarding = forwarding
        let clock = clock
        return try GatewayBench(settings, accounts: CallerAccounts { clock.withLockedValue { $0 } })
    }

    private func pass(_ time: TimeAmount) { clock.withLockedValue { $0 = $0 + time } }

    private static let body = #"{"to":{"user":"alice"},"data":"1"}"#

    // MARK: Publishers

    @Test func `a publisher that is too fast is told when to come again, and others do not notice`() async throws {
        let bench = try bench(CallerLimits(publishedEvents: CallRate(2, in: .seconds(1), burst: 4)))
        let (fast, other) = (
            try bench.token("fast", publish: ["user:*"]), try bench.token("other", publish: ["user:*"])
        )
        for _ in 0..<4 { #expect(try await bench.publish(Self.body, token: fast).status == .ok) }
        let refused = try await bench.publish(Self.body, token: fast)
        #expect(refused.status == .tooManyRequests && refused.code == "publish-rate")
        #expect(refused.fields[.retryAfter] == "1" && refused.fields[.contentType] == "application/problem+json")
        #expect(try await bench.publish(Self.body, token: other).status == .ok)
        pass(.milliseconds(1001))
        #expect(try await bench.publish(Self.body, token: fast).status == .ok)
    }

    /// Before its body is read: what is judged is the head.
    @Test func `it is told before its body is read`() throws {
        let bench = try bench(CallerLimits(publishedEvents: CallRate(1, in: .minutes(1), burst: 1)))
        let request = GatewayBench.request(
            .post, "/v1/publish", token: try bench.token(publish: ["user:*"]), [.contentType: "application/json"])
        guard case .collect = bench.judge(request) else {
            Issue.record("the first was refused")
            return
        }
        #expect(try bench.answer(request).fields[.retryAfter] == "60")
    }

    /// A new connection for each refusal would cost the gateway a handshake, which is more than a publish.
    @Test func `it comes back by the same connection, where its bodies are short`() async throws {
        let bench = try bench(CallerLimits(publishedEvents: CallRate(1, in: .seconds(1), burst: 1)))
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        let token = try bench.token(publish: ["user:*"])
        func post(_ body: String, _ framing: String) -> String {
            "POST /v1/publish HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n"
                + "Content-Type: application/json\r\n\(framing)\r\n\r\n\(body)"
        }
        let short = post(Self.body, "Content-Length: \(Self.body.utf8.count)")
        #expect(try await wire.exchange(short).status == 200)
        for _ in 0..<3 {
            let refused = try await wire.exchange(short)
            #expect(refused.status == 429 && refused["connection"] == nil)
        }
        pass(.milliseconds(1001))
        #expect(try await wire.exchange(short).status == 200, "and none of the bodies was taken for a request")
        let refused = try await wire.exchange(post("", "Content-Length: 65537"))
        #expect(refused.status == 413 && refused["connection"] == "close", "a long one is not waited for")
    }

    @Test(arguments: [
        "Content-Length: 9\r\nExpect: 100-continue", "Content-Length: 9\r\nExpect: 100-continue, x",
        "Content-Length: 9\r\nExpect: x", "Transfer-Encoding: chunked",
    ])
    func `a body that may not come, or has no length, ends the connection of who is refused`(
        framing: String
    ) async throws {
        let bench = try bench(CallerLimits(publishedEvents: CallRate(1, in: .minutes(1), burst: 1)))
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        let token = try bench.token(publish: ["user:*"])
        #expect(try await bench.publish(Self.body, token: token).status == .ok)
        let refused = try await wire.exchange(
            "POST /v1/publish HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n"
                + "Content-Type: application/json\r\n\(framing)\r\n\r\n")
        #expect(refused.status == 429 && refused["connection"] == "close")
    }

    @Test func `each event of a batch counts`() async throws {
        let bench = try bench(CallerLimits(publishedEvents: CallRate(1, in: .seconds(1), burst: 2)))
        let lines = Array(repeating: Self.body, count: 4).joined(separator: "\n")
        let token = try bench.token(publish: ["user:*"])
        #expect(try await bench.publish(lines, token: token, type: "application/x-ndjson").status == .ok)
        #expect(try await bench.publish(Self.body, token: token).fields[.retryAfter] == "3")
        pass(.milliseconds(3001))
        #expect(try await bench.publish(Self.body, token: token).status == .ok)
    }

    /// Nothing of it was published: a backend that makes this mistake is not kept out for minutes.
    @Test func `a batch that is refused as too large is charged as the largest that fits`() async throws {
        let bench = try bench(CallerLimits(publishedEvents: CallRate(1000, in: .seconds(1), burst: 1000)))
        let (token, most) = (try bench.token(publish: ["user:*"]), GatewayBench.settings.publishLimits.batchEvents)
        let lines = Array(repeating: "x", count: most + 5000).joined(separator: "\n")
        let refused = try await bench.publish(lines, token: token, type: "application/x-ndjson")
        #expect(refused.status == .contentTooLarge)
        pass(.milliseconds(Int64(most) + 1))
        #expect(try await bench.publish(Self.body, token: token).status == .ok)
    }

    @Test func `no wait is too long to be told`() {
        #expect(TimeAmount.nanoseconds(.max).wholeSeconds == Int64.max / 1_000_000_000 + 1)
        #expect(TimeAmount.nanoseconds(1).wholeSeconds == 1 && TimeAmount.zero.wholeSeconds == 1)
    }

    @Test(arguments: [true, false]) func `bytes count, be their number told before or not`(
        isDeclared: Bool
    ) async throws {
        let bench = try bench(CallerLimits(publishedBytes: CallRate(10, in: .seconds(1), burst: 20)))
        let token = try bench.token(publish: ["user:*"])
        let fields: HTTPFields = isDeclared ? [.contentLength: "\(Self.body.utf8.count)"] : [:]
        #expect(try await bench.publish(Self.body, token: token, fields).status == .ok)
        let owed = Self.body.utf8.count - 20
        #expect(try await bench.publish(Self.body, token: token).fields[.retryAfter] == "\(owed / 10 + 1)")
        // What is refused is not charged.
        pass(.milliseconds(Int64(owed) * 100 + 1))
        #expect(try await bench.publish(Self.body, token: token).status == .ok)
    }

    // MARK: Users

    private func stream(
        _ bench: GatewayBench, _ user: String, _ peer: Peer = Peer(), forwarded: String? = nil
    ) throws -> Verdict {
        var fields = HTTPFields()
        if let forwarded, let name = HTTPField.Name("X-Forwarded-For") { fields[name] = forwarded }
        return bench.judge(GatewayBench.request(token: try bench.token(user), fields), from: peer)
    }

    private func isOpened(_ verdict: Verdict) -> Bool {
        if case .stream = verdict { return true }
        return false
    }

    @Test func `a user that opens streams too fast is told in-band, and when to come again`() throws {
        let bench = try bench(CallerLimits(streamsOpened: CallRate(6, in: .minutes(1), burst: 3)))
        for _ in 0..<3 { #expect(isOpened(try stream(bench, "alice"))) }
        guard case .answer(let answer) = try stream(bench, "alice") else {
            Issue.record("a fourth was opened")
            return
        }
        #expect(answer.status == .ok && answer.refusal == "streams-opened-limit")
        #expect(answer.text.contains("event: sluice.rejected\ndata: {\"code\":\"streams-opened-limit\""))
        #expect(answer.text.hasSuffix("\"retryable\":true}\n\n") && answer.text.hasPrefix("retry: 10000\n"))
        #expect(isOpened(try stream(bench, "bob")))
        pass(.milliseconds(10_001))
        #expect(isOpened(try stream(bench, "alice")))
    }

    // MARK: Addresses that a proxy tells

    private func proxied(_ limits: AddressLimits) throws -> (GatewayBench, Peer) {
        let rule = ForwardedRule(.xForwardedFor, from: [try #require(Network("10.0.0.0/8"))])
        return (try bench(CallerLimits(addresses: limits), rule), Peer(at: ClientAddress("10.0.0.1"[...].utf8)))
    }

    @Test func `streams that a proxy asks for are counted by the client's address`() throws {
        let (bench, proxy) = try proxied(AddressLimits(connections: 1))
        let first = try stream(bench, "alice", proxy, forwarded: "192.0.2.1")
        #expect(isOpened(first))
        guard case .answer(let answer) = try stream(bench, "bob", proxy, forwarded: "192.0.2.1") else {
            Issue.record("a second was opened")
            return
        }
        #expect(answer.status == .ok && answer.refusal == "address-connections-limit")
        #expect(answer.text.hasSuffix("\"retryable\":true}\n\n"))
        #expect(isOpened(try stream(bench, "bob", proxy, forwarded: "192.0.2.2")))
        // The plan holds the place, and then the stream.
        withExtendedLifetime(first) {}
    }

    @Test func `a stranger's own word about its address is not heard`() throws {
        let (bench, _) = try proxied(AddressLimits(connections: 1))
        let stranger = Peer(at: ClientAddress("192.0.2.9"[...].utf8))
        var held: [Verdict] = []
        for _ in 0..<3 { held.append(try stream(bench, "alice", stranger, forwarded: "192.0.2.1")) }
        // Its connection was counted when it came.
        #expect(held.allSatisfy(isOpened))
    }

    @Test func `a request is its client's, and the next one its own`() throws {
        let (bench, proxy) = try proxied(AddressLimits())
        var peer = proxy
        for (forwarded, expected) in [("192.0.2.1", "192.0.2.1"), ("192.0.2.2", "192.0.2.2"), (nil, "10.0.0.1")] {
            var fields = HTTPFields()
            if let forwarded, let name = HTTPField.Name("X-Forwarded-For") { fields[name] = forwarded }
            _ = bench.gateway.judge(GatewayBench.request(token: try bench.token(), fields), from: &peer)
            #expect(peer.address?.description == expected)
        }
    }
}
