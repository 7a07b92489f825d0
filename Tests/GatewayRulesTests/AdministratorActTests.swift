import EventHub
import EventLog
import HTTPTypes
import NIOConcurrencyHelpers
import PeerText
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// What is told of an administrator: who, from where, what, and what became of it.
@Suite struct AdministratorActTests {
    private static func acts(_ bench: GatewayBench) -> [AdministratorAct] { bench.acts.withLockedValue { $0 } }

    private static func act(
        _ deed: AdministratorAct.Deed, _ result: AdministratorAct.Result = .ended(streams: 0)
    ) -> AdministratorAct {
        AdministratorAct(administrator: "root", client: nil, deed: deed, result: result)
    }

    @Test(
        arguments: [
            (#"{"sub":"alice"}"#, .revoke(.user("alice"), issuedBefore: 1_800_000_001)),
            (#"{"sub":"alice","issuedBefore":7}"#, .revoke(.user("alice"), issuedBefore: 7)),
            (#"{"jti":"t"}"#, .revoke(.token("t"), issuedBefore: nil)),
            (#"{"everyone":true,"issuedBefore":7}"#, .revoke(.everyone, issuedBefore: 7)),
        ] as [(String, AdministratorAct.Deed)])
    func `each revocation is told once`(body: String, deed: AdministratorAct.Deed) async throws {
        let bench = try GatewayBench()
        #expect(try await bench.administer(.post, "/v1/revocations", body).status == .ok)
        #expect(Self.acts(bench) == [Self.act(deed)])
    }

    @Test(
        arguments: [
            ("/v1/users/alice/streams", .kick(user: "alice", stream: nil, isRetryable: false)),
            ("/v1/users/a%2Fb/streams?retryable=true", .kick(user: "a/b", stream: nil, isRetryable: true)),
            (
                "/v1/users/alice/streams/0-7",
                .kick(user: "alice", stream: StreamName(shard: 0, number: 7), isRetryable: false)
            ),
        ] as [(String, AdministratorAct.Deed)])
    func `each end of streams is told once`(path: String, deed: AdministratorAct.Deed) async throws {
        let bench = try GatewayBench()
        #expect(try await bench.administer(.delete, path).status == .ok)
        #expect(Self.acts(bench) == [Self.act(deed)])
    }

    @Test func `one that the log did not take is told as that`() async throws {
        let bench = try GatewayBench()
        for number in 1...4 { _ = try await bench.administer(.post, "/v1/revocations", #"{"sub":"\#(number)"}"#) }
        let answer = try await bench.administer(.post, "/v1/revocations", #"{"sub":"5"}"#)
        #expect(answer.status == .serviceUnavailable)
        #expect(Self.acts(bench).count == 5)
        #expect(Self.acts(bench).last?.result == .failed(code: "revocations-limit"))
    }

    @Test func `looking is not told, nor what was refused or said nothing clear`() async throws {
        let bench = try GatewayBench()
        for path in ["/v1/revocations", "/v1/users", "/v1/users/alice/streams"] {
            #expect(try await bench.administer(.get, path).status == .ok)
        }
        #expect(try await bench.administer(.post, "/v1/revocations", "{}").status == .badRequest)
        let alice = try bench.token("alice")
        #expect(try await bench.administer(.delete, "/v1/users/bob/streams", token: alice).status == .forbidden)
        #expect(Self.acts(bench) == [])
    }

    @Test func `the address is the request's`() async throws {
        let bench = try GatewayBench()
        let address = try #require(ClientAddress("192.0.2.7"[...].utf8))
        _ = try await bench.administer(.delete, "/v1/users/alice/streams", from: Peer(at: address))
        #expect(Self.acts(bench).map(\.client) == [address])
    }
}
