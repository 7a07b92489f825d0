// Who is let in as the gateway's own stream: only who knows its secret.

import EventLog
import HTTPServing
import HTTPTypes
import PeerText
import Testing

@testable import GatewayRules

@Suite struct CanaryPassTests {
    private static let own = ClientAddress(ipv4: 0x7F01_0203)

    private static func isLetIn(_ secret: String?, _ method: HTTPRequest.Method = .get) throws -> Bool {
        let bench = try GatewayBench(canary: CanaryPass(address: own, credential: "Bearer canary.secret"))
        let verdict = bench.judge(GatewayBench.request(method, token: secret), from: Peer(at: own))
        if case .stream(let plan) = verdict { return plan is CanaryStreamPlan }
        return false
    }

    @Test func itNeedsTheSecret() throws {
        #expect(try Self.isLetIn("canary.secret"))
        #expect(try !Self.isLetIn("canary.secres"))
        #expect(try !Self.isLetIn("canary.secret2"))
        #expect(try !Self.isLetIn(nil))
        #expect(try !Self.isLetIn("canary.secret", .head))
        #expect(try GatewayBench().answer(GatewayBench.request(token: "canary.secret")).status == .unauthorized)
    }

    /// A user may be called what the gateway's own streams are called in a refusal. It is a user like any other.
    @Test func aUserOfItsNameIsAUserLikeAnyOther() throws {
        let bench = try GatewayBench(canary: CanaryPass(address: Self.own, credential: "Bearer canary.secret"))
        let token = try bench.token(CanaryPass.user)
        for address in [Self.own, ClientAddress(ipv4: 0xC000_0207)] {
            guard case .stream(let plan) = bench.judge(GatewayBench.request(token: token), from: Peer(at: address)),
                let plan = plan as? HubStreamPlan
            else {
                Issue.record("no stream of the hub's")
                continue
            }
            #expect(plan.interest == Interest(user: CanaryPass.user))
        }
    }

    @Test func itOpensNothingElse() throws {
        let bench = try GatewayBench(canary: CanaryPass(address: Self.own, credential: "Bearer canary.secret"))
        for path in ["/v1/users", "/v1/revocations"] {
            let answer = try bench.answer(
                GatewayBench.request(.get, path, token: "canary.secret"), from: Peer(at: Self.own))
            #expect(answer.status == .unauthorized)
        }
    }
}
