import GatewayClient
import GatewayServer
import Testing

@testable import sluice

/// When the bytes of a stream came, and what that means.
@Suite struct StreamRuleTests {
    private let rule = StreamRule(cors: CORSRule(origin: "https://app.example"), watched: .seconds(20))

    private static let fields = [
        ProbeField("Content-Type", "text/event-stream"), ProbeField("Vary", "Accept, Origin"),
        ProbeField("Access-Control-Allow-Origin", "https://app.example"),
        ProbeField("Access-Control-Allow-Credentials", "true"),
    ]

    private func stream(
        _ status: Int = 200, without lost: String = "", with more: [ProbeField] = [],
        body: Duration? = .milliseconds(12),
        heartbeat: Duration? = .seconds(15)
    ) -> ProbeAnswer {
        var answer = ProbeAnswer(
            status: status, fields: Self.fields.filter { $0.name != lost } + more, headAfter: .milliseconds(10))
        answer.bodyAfter = body
        answer.awaitedAfter = heartbeat
        return answer
    }

    @Test func `a good one`() {
        #expect(
            rule.findings(stream(with: [ProbeField("X-Accel-Buffering", "no")])).map(\.description) == [
                "✓ stream: is open, and https://app.example may read it",
                "✓ buffering: is none: the first bytes came after 12 ms", "✓ heartbeat: came through after 15.0 s",
            ])
    }

    @Test func `no head at all is buffering`() {
        let findings = rule.findings(nil)
        #expect(findings.map(\.outcome) == [.wrong])
        #expect(findings[0].detail.contains("proxy_buffering off"))
    }

    @Test func `a head without a body is buffering`() {
        let findings = rule.findings(stream(body: nil, heartbeat: nil))
        #expect(findings.map(\.outcome) == [.fine, .wrong])
        #expect(findings[1].detail.contains("none of the body within 5 s"))
    }

    @Test func `a body long behind its head is buffering`() {
        #expect(rule.findings(stream(body: .seconds(3))).map(\.outcome) == [.fine, .wrong])
        #expect(rule.findings(stream(body: .milliseconds(1900))).map(\.outcome) == [.fine, .fine, .fine])
    }

    @Test func `a field that asks for buffering`() {
        #expect(
            rule.findings(stream(with: [ProbeField("X-Accel-Buffering", "yes")])).map(\.outcome) == [.fine, .wrong])
    }

    @Test func `a heartbeat that does not come`() {
        var answer = stream(heartbeat: nil)
        #expect(rule.findings(answer).map(\.outcome) == [.fine, .fine, .doubtful])
        answer.isComplete = true
        #expect(rule.findings(answer).map(\.outcome) == [.fine, .fine, .wrong])
    }

    @Test func `what EventSource does not take`() {
        var refused = stream(401)
        refused.body = #"{"code":"token-expired","detail":"Get a new one."}"#
        #expect(rule.findings(refused)[0].detail.contains("401 token-expired: Get a new one."))
        #expect(rule.findings(stream(502)).map(\.outcome) == [.wrong])
        #expect(rule.findings(stream(without: "Content-Type")).map(\.outcome) == [.wrong])
        let html = stream(without: "Content-Type", with: [ProbeField("content-type", "text/html; charset=utf-8")])
        #expect(rule.findings(html)[0].detail.contains("text/html"))
        #expect(rule.findings(stream(without: "Access-Control-Allow-Origin")).map(\.outcome) == [.wrong])
    }

    @Test func `a rejection is told`() {
        var answer = stream()
        answer.body = "retry: 3000\n\nevent: sluice.rejected\ndata: {\"code\":\"streams-full\"}\n\n"
        let findings = rule.findings(answer)
        #expect(findings.map(\.outcome) == [.wrong])
        #expect(findings[0].detail.contains(#"{"code":"streams-full"}"#))
    }

    @Test func `compression and a lost Vary are doubtful`() {
        #expect(rule.findings(stream(with: [ProbeField("Content-Encoding", "gzip")]))[0].outcome == .doubtful)
        #expect(rule.findings(stream(with: [ProbeField("Content-Encoding", "identity")]))[0].outcome == .fine)
        #expect(rule.findings(stream(without: "Vary"))[0].outcome == .doubtful)
    }

    @Test(arguments: [
        ("retry: 3000\n", false), ("retry: 3000\n:\n", true), ("", false), ("data: :\n\n", false),
        ("retry: 3000\nid: x-1\ndata: x\n\n: beat\n", true),
    ])
    func `heartbeats are told from what a stream begins with`(_ text: String, _ expected: Bool) {
        #expect(StreamRule.hasHeartbeat(text) == expected)
    }
}
