// `sluice check --url`: does what each client does before it is anybody's, and lets the rules judge the answers. With
// an origin, `OriginCheck` goes on from there.

import Foundation
import GatewayClient
import GatewayServer

/// Looks at what answers at a gateway's public URL: certificate, HTTP/2, whether it is the gateway, and the clocks.
struct AddressCheck: Sendable {
    /// Asks the gateway.
    let probe: GatewayProbe
    /// The authorities that are trusted; `nil` for the system's.
    let authorities: String?
    /// A token for the gateway, if there is one. Its times are compared; it is not sent.
    let token: String?

    /// Looks at everything. Each finding comes as soon as it is made.
    func findings() -> AsyncStream<CheckFinding> {
        AsyncStream { report in
            let task = Task {
                await run { report.yield($0.at(.surroundings)) }
                report.finish()
            }
            report.onTermination = { _ in task.cancel() }
        }
    }

    private func run(_ say: (CheckFinding) -> Void) async {
        guard await lookAtHandshake(say) else { return }
        do throws(GatewayClientError) {
            let answer = try await probe.ask(ProbeRequest("POST", "/v1/session"))
            say(Self.gatewayFinding(answer))
            lookAtClocks(answer, say)
        } catch {
            say(CheckFinding(.wrong, "gateway", "did not answer: \(error)"))
        }
        say(CheckFinding(.doubtful, "a page's way in", "was not looked at: give its origin, --origin https://…"))
    }

    /// Judges what is said to a stranger.
    static func gatewayFinding(_ answer: ProbeAnswer) -> CheckFinding {
        guard answer.problem?.code != "token-missing" else {
            return CheckFinding(.fine, "gateway", "answers, and lets nobody in without a token")
        }
        let reason = answer.problem.map { "\(answer.status) \($0.code): \($0.detail)" } ?? "status \(answer.status)"
        return CheckFinding(
            .wrong, "gateway",
            "is not what answers, or not ready for clients (\(reason)); ask its /readyz, and the proxy")
    }

    /// Says what came of a handshake.
    ///
    /// - Returns: whether there is a connection.
    func lookAtHandshake(_ say: (CheckFinding) -> Void) async -> Bool {
        let rule = CertificateRule(url: probe.url, authorities: authorities, now: OriginCheck.now())
        switch await probe.handshake() {
        case .agreed(let facts):
            say(rule.finding(facts))
            say(rule.protocolFinding(facts))
            return true
        case .refused(let trouble): say(rule.finding(trouble))
        case .failed(let error): say(CheckFinding(.wrong, "connection", "failed: \(error)"))
        }
        return false
    }

    /// Compares this machine's clock with that of who answered, and both with the token.
    func lookAtClocks(_ answer: ProbeAnswer, _ say: (CheckFinding) -> Void) {
        let (rule, date, now) = (ClockRule(), answer.values("Date").first, OriginCheck.now())
        say(rule.finding(date: date, now: now))
        guard let token else { return }
        say(rule.finding(ClockRule.Times(token: token), date: date, now: now))
    }
}
