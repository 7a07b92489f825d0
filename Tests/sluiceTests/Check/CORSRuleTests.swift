import GatewayClient
import GatewayServer
import Testing

@testable import sluice

/// What a browser reads in an answer before the page gets it.
@Suite struct CORSRuleTests {
    private static let origin = "https://app.example"
    private let rule = CORSRule(origin: CORSRuleTests.origin)
    private let preflight = CORSRule.Preflight(
        method: "DELETE", path: "/v1/session", fields: ["authorization", "last-event-id"])

    private static let good = [
        ("access-control-allow-origin", origin), ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "POST, DELETE, OPTIONS"),
        ("Access-Control-Allow-Headers", "Authorization, Content-Type,Last-Event-ID"),
    ]

    /// An answer with `good` fields but for some.
    static func answer(
        _ status: Int = 204, without lost: String = "", with more: [(String, String)] = [], body: String = ""
    ) -> ProbeAnswer {
        let fields = good.filter { $0.0.lowercased() != lost.lowercased() } + more
        var answer = ProbeAnswer(status: status, fields: fields.map { ProbeField($0.0, $0.1) })
        answer.body = body
        return answer
    }

    private func wrong(_ answer: ProbeAnswer) -> String? {
        let finding = rule.finding(preflight, answer)
        return finding.outcome == .wrong ? finding.detail : nil
    }

    @Test func `a good preflight`() {
        let finding = rule.finding(preflight, Self.answer())
        #expect(
            finding.description == "✓ preflight for DELETE /v1/session: lets https://app.example send credentials and "
                + "authorization, last-event-id")
        #expect(rule.finding(preflight, Self.answer(200)).outcome == .fine)
    }

    @Test func `what it asks`() {
        let request = preflight.request(from: Self.origin)
        #expect(request.method == "OPTIONS" && request.path == "/v1/session")
        #expect(
            request.fields == [
                ProbeField("Origin", Self.origin), ProbeField("Access-Control-Request-Method", "DELETE"),
                ProbeField("Access-Control-Request-Headers", "authorization,last-event-id"),
            ])
    }

    @Test(arguments: [
        (answer(302), "do not follow"), (answer(401), "credentials"), (answer(407), "credentials"),
        (answer(405), "200 to 299"), (answer(502), "200 to 299"),
        (answer(without: "access-control-allow-origin"), "no Access-Control-Allow-Origin"),
        (answer(with: [("Access-Control-Allow-Origin", origin)]), "2 times"),
        (
            answer(without: "access-control-allow-origin", with: [("Access-Control-Allow-Origin", "*")]),
            "refuse together with credentials"
        ),
        (
            answer(
                without: "access-control-allow-origin", with: [("Access-Control-Allow-Origin", "https://b.example")]),
            "has to be exactly https://app.example"
        ),
        (
            answer(without: "access-control-allow-origin", with: [("Access-Control-Allow-Origin", origin + "/")]),
            "has to be exactly https://app.example"
        ),
        (answer(without: "access-control-allow-credentials"), "Access-Control-Allow-Credentials"),
        (answer(without: "access-control-allow-methods"), "the method DELETE"),
        (
            answer(without: "access-control-allow-headers", with: [("Access-Control-Allow-Headers", "*")]),
            "the field authorization, last-event-id"
        ),
        (
            answer(without: "access-control-allow-headers", with: [("Access-Control-Allow-Headers", "authorization")]),
            "the field last-event-id"
        ),
        (
            answer(404, body: #"{"code":"path-unknown","detail":"There is nothing here."}"#), "older than this program"
        ),
        (
            answer(
                403, without: "access-control-allow-origin",
                body: #"{"code":"origin-not-allowed","detail":"Add it."}"#),
            "add it there exactly as https://app.example"
        ),
        (
            answer(
                403, without: "access-control-allow-origin",
                body: #"{"code":"origin-not-allowed","detail":"https://app.example is not in cors.origins; X is."}"#),
            "https://app.example (the gateway says: https://app.example is not in cors.origins; X is.)"
        ),
    ])
    func `what is wrong is said`(_ answer: ProbeAnswer, _ words: String) throws {
        let detail = try #require(wrong(answer))
        #expect(detail.contains(words), "\(detail)")
    }

    @Test func `methods that every page may use need no permission`() {
        let preflight = CORSRule.Preflight(method: "GET", path: "/v1/stream", fields: ["authorization"])
        #expect(rule.finding(preflight, Self.answer(without: "access-control-allow-methods")).outcome == .fine)
    }

    @Test func `a stranger gets nothing`() {
        let stranger = "https://stranger.example"
        let nothing = Self.answer(403, without: "access-control-allow-origin")
        let reflected = Self.answer(
            204, without: "access-control-allow-origin", with: [("Access-Control-Allow-Origin", stranger)])
        let everyone = Self.answer(
            204, without: "access-control-allow-origin", with: [("Access-Control-Allow-Origin", "*")])
        #expect(rule.finding(stranger: stranger, [nothing, nothing]).outcome == .fine)
        #expect(rule.finding(stranger: stranger, [nothing, reflected]).detail.contains("any page in the world"))
        #expect(rule.finding(stranger: stranger, [everyone, nothing]).outcome == .wrong)
    }

    @Test func `a session is given or refused`() {
        #expect(rule.sessionTrouble(Self.answer(200)) == nil)
        #expect(
            rule.sessionTrouble(Self.answer(401, body: #"{"code":"token-expired","detail":"Get a new one."}"#))
                == "is refused (401 token-expired: Get a new one.)")
        #expect(rule.sessionTrouble(Self.answer(502)) == "is refused (status 502)")
        #expect(rule.sessionTrouble(Self.answer(200, without: "access-control-allow-origin")) != nil)
    }
}
