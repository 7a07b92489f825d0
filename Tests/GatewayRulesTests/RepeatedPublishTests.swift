import EventHub
import EventLog
import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// A publish that comes again on its connection is judged as if it were the first.
@Suite struct RepeatedPublishTests {
    private let bench: GatewayBench
    private let wire: Wire
    private let token: String

    init() async throws { try await self.init(GatewayBench.settings) }

    private init(_ settings: GatewaySettings, lifetime: Int64 = 3600) async throws {
        bench = try GatewayBench(settings)
        wire = try await Wire(bench.gateway, on: bench.bench.loop)
        token = try bench.token(publish: ["user:*"], lifetime: lifetime, issuedAfter: -9, tokenID: "t")
    }

    private func request(_ body: String, _ fields: String = "", line: String = "POST /v1/publish") -> String {
        "\(line) HTTP/1.1\r\nHost: sluice\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r\n"
            + fields + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func body(_ data: String) -> String { #"{"to":{"user":"alice"},"data":"\#(data)"}"# }

    private func publish(_ data: String) async throws -> Response {
        try await wire.exchange(request(Self.body(data)))
    }

    @Test(arguments: [["1", "2", "3"], ["1", "22", "333", "1", "1"], ["1", String(repeating: "x", count: 99), "2"]])
    func `each of its bodies is published, whatever their lengths`(data: [String]) async throws {
        var ids: [String] = []
        for data in data { ids.append(try await publish(data).body) }
        #expect(ids == (1...data.count).map { #"{"id":"\#(HubBench.epoch)-\#($0)","streams":0}"# })
    }

    @Test func `several that come in one read are published in their order`() async throws {
        let bodies = (1...9).map { Self.body(String(repeating: "x", count: $0 % 3)) }
        try await wire.send(bodies.map { request($0) }.joined())
        let answers = try Response.all(in: try await wire.received())
        #expect(answers.map(\.body) == (1...9).map { #"{"id":"\#(HubBench.epoch)-\#($0)","streams":0}"# })
    }

    @Test func `it is refused once its token is revoked`() async throws {
        for _ in 0..<3 { #expect(try await publish("1").status == 200) }
        _ = try await bench.administer(.post, "/v1/revocations", #"{"jti":"t"}"#)
        let refused = try await publish("1")
        #expect(refused.status == 401 && refused.body.contains("token-revoked"))
    }

    @Test func `it is refused once its token has ended`() async throws {
        let test = try await Self(GatewayBench.settings, lifetime: 60)
        // Its life, less the nine seconds since it was issued, and the skew; an idle connection has a minute.
        for seconds: Int64 in [0, 40, 40] {
            await test.bench.bench.pass(.seconds(seconds))
            #expect(try await test.publish("1").status == 200)
        }
        await test.bench.bench.pass(.seconds(1))
        let refused = try await test.publish("1")
        #expect(refused.status == 401 && refused.body.contains("token-expired"))
    }

    @Test func `it is refused when its body is too large`() async throws {
        for _ in 0..<3 { #expect(try await publish("1").status == 200) }
        #expect(try await publish(String(repeating: "x", count: 1024)).status == 413)
    }

    @Test func `another request between is answered as what it is`() async throws {
        for _ in 0..<3 { #expect(try await publish("1").status == 200) }
        for _ in 0..<3 {
            #expect(try await wire.exchange(request("{}", line: "POST /v1/nothing")).status == 404)
        }
        #expect(try await publish("1").status == 200)
    }

    @Test func `each has a name of its own, which the audit notes`() async throws {
        var names: [String?] = []
        for _ in 0..<3 { names.append(try await publish("1")["x-request-id"]) }
        #expect(Set(names).count == 3 && !names.contains(nil))
        #expect(bench.published.withLockedValue { $0.map { $0.request?.text } } == names)
    }

    @Test func `it is called what its client calls it`() async throws {
        for _ in 0..<3 {
            let answer = try await wire.exchange(request(Self.body("1"), "X-Request-Id: mine\r\n"))
            #expect(answer["x-request-id"] == "mine")
        }
    }

    @Test func `it counts against its publisher's rate`() async throws {
        var settings = GatewayBench.settings
        settings.callers = CallerLimits(publishedEvents: CallRate(1, in: .hours(1), burst: 3))
        let test = try await Self(settings)
        for _ in 0..<3 { #expect(try await test.publish("1").status == 200) }
        #expect(try await test.publish("1").status == 429)
    }

    @Test func `its key stands for each of its bodies`() async throws {
        let key = "Idempotency-Key: k\r\n"
        let first = try await wire.exchange(request(Self.body("1"), key))
        #expect(try await wire.exchange(request(Self.body("1"), key)).body == first.body)
        #expect(try await wire.exchange(request(Self.body("2"), key)).status == 422)
        #expect(try await wire.exchange(request(Self.body("1"), key)).body == first.body)
    }

    /// Its grants, limits and keys may be others.
    @Test func `other rules judge it anew`() async throws {
        var peer = Peer()
        peer.isToldOfRepeats = true
        let request = GatewayBench.request(.post, "/v1/publish", token: token, [.contentType: "application/json"])
        _ = bench.gateway.judge(request, from: &peer)
        #expect(bench.gateway.judgeAgain(bodyBytes: 9, from: &peer) != nil)
        #expect(try GatewayBench().gateway.judgeAgain(bodyBytes: 9, from: &peer) == nil)
    }
}
