// `sluice check --origin`: does what a browser would do for a page, in the same order, and lets the rules judge the
// answers. It only decides when there is no point in going on.

import Foundation
import GatewayClient
import GatewayRules
import GatewayServer

/// Looks at a running gateway through its public URL.
struct OriginCheck: Sendable {
    /// The page's origin.
    let origin: Origin
    /// The gateway's address, for what comes before the page.
    let address: AddressCheck
    /// How long to wait for a heartbeat.
    let watch: Duration

    /// This machine's time, in seconds since 1970-01-01T00:00:00Z.
    static func now() -> Int64 { Int64(Date().timeIntervalSince1970) }

    /// Looks at everything. Each finding comes as soon as it is made, because watching a stream takes time.
    func findings() -> AsyncStream<CheckFinding> {
        AsyncStream { report in
            let task = Task {
                await OriginCheckRun(check: self, report: report).run()
                report.finish()
            }
            report.onTermination = { _ in task.cancel() }
        }
    }
}

/// One look at a gateway.
private struct OriginCheckRun {
    let check: OriginCheck
    let report: AsyncStream<CheckFinding>.Continuation

    /// An origin that no page can have (RFC 6761 §6.4).
    private static let stranger = "https://sluice-check.invalid"

    private var origin: String { check.origin.serialization }
    private var probe: GatewayProbe { check.address.probe }
    private var cors: CORSRule { CORSRule(origin: origin) }
    private var cookies: CookieRule { CookieRule(sites: SitePair(origin: check.origin, gateway: probe.url)) }

    /// Reports a finding. Its fault is in the surroundings, because nothing here looks at a configuration.
    private func say(_ finding: CheckFinding) { report.yield(finding.at(.surroundings)) }

    func run() async {
        guard await check.address.lookAtHandshake(say) else { return }
        say(cookies.sitesFinding)
        guard await lookAtPreflights() else { return }
        await lookAtStranger()
        guard let token = check.address.token else {
            say(
                CheckFinding(
                    .doubtful, "session and stream",
                    "were not looked at: that takes a token; give --token-file, SLUICE_TOKEN or --keys"))
            return
        }
        do throws(GatewayClientError) {
            let bearer = try BearerToken(token)
            guard await lookAtStream(bearer, cookie: await lookAtSession(bearer)) else { return }
            await lookAtEventLogs(bearer)
        } catch {
            say(CheckFinding(.wrong, "token", error.message))
        }
    }

    /// Asks for an answer. Reports a failure as what it means for `subject`.
    private func answer(_ request: ProbeRequest, for subject: String) async -> ProbeAnswer? {
        do throws(GatewayClientError) {
            return try await probe.ask(request)
        } catch {
            say(CheckFinding(.wrong, subject, "was not answered: \(error)"))
            return nil
        }
    }

    // MARK: CORS

    /// What `sluice.js` and readers made with `fetch` ask permission for; `EventSource` asks none.
    private static let preflights = [
        CORSRule.Preflight(method: "GET", path: "/v1/stream", fields: ["authorization", "last-event-id"]),
        CORSRule.Preflight(method: "POST", path: "/v1/session", fields: ["authorization"]),
        CORSRule.Preflight(method: "DELETE", path: "/v1/session", fields: ["authorization"]),
    ]

    private func lookAtPreflights() async -> Bool {
        for (index, preflight) in Self.preflights.enumerated() {
            guard let answer = await answer(preflight.request(from: origin), for: preflight.subject) else {
                return false
            }
            if index == 0 { check.address.lookAtClocks(answer, say) }
            say(cors.finding(preflight, answer))
            // What would come next would be refused for the same reason.
            if answer.problem?.code == "origin-not-allowed" { return false }
        }
        return true
    }

    private func lookAtStranger() async {
        let preflight = Self.preflights[0].request(from: Self.stranger)
        let subscribe = ProbeRequest("GET", "/v1/stream", fields: [ProbeField("Origin", Self.stranger)])
        guard let first = await answer(preflight, for: "another origin"),
            let second = await answer(subscribe, for: "another origin")
        else { return }
        say(cors.finding(stranger: Self.stranger, [first, second]))
    }

    // MARK: Session and stream

    private func lookAtSession(_ token: BearerToken) async -> SetCookie? {
        let subject = "session"
        let request = ProbeRequest("POST", "/v1/session", fields: [ProbeField("Origin", origin)], token: token)
        guard let answer = await answer(request, for: subject) else { return nil }
        if let trouble = cors.sessionTrouble(answer) {
            say(CheckFinding(.wrong, subject, trouble))
            return nil
        }
        say(CheckFinding(.fine, subject, "is given for the token"))
        let finding = cookies.finding(answer)
        say(finding)
        return finding.outcome == .wrong ? nil : CookieRule.cookie(in: answer)
    }

    /// By cookie, as `EventSource` does it; by token where there is no good cookie.
    ///
    /// - Returns: whether a stream can be read.
    private func lookAtStream(_ token: BearerToken, cookie: SetCookie?) async -> Bool {
        var fields = [
            ProbeField("Origin", origin), ProbeField("Accept", "text/event-stream"),
            ProbeField("Accept-Encoding", "gzip, deflate, br"), ProbeField("Cache-Control", "no-cache"),
        ]
        if let cookie { fields.append(ProbeField("Cookie", cookie.pair)) }
        let request = ProbeRequest("GET", "/v1/stream", fields: fields, token: cookie == nil ? token : nil)
        do throws(GatewayClientError) {
            let answer = try await probe.watch(
                request, firstBytes: StreamRule.patience, whole: check.watch, until: StreamRule.hasHeartbeat)
            let findings = StreamRule(cors: cors, watched: check.watch).findings(answer)
            for finding in findings { say(finding) }
            return !findings.contains { $0.outcome == .wrong }
        } catch {
            say(CheckFinding(.wrong, "stream", "was not answered: \(error)"))
            return false
        }
    }

    /// Opens several streams at once, which a balancer spreads over all gateways that there are.
    private func lookAtEventLogs(_ token: BearerToken) async {
        let request = ProbeRequest("GET", "/v1/stream", fields: [ProbeField("Origin", origin)], token: token)
        let beginnings = await withTaskGroup(of: String.self) { [probe] group in
            for _ in 0..<EventLogRule.streams {
                group.addTask {
                    let answer = try? await probe.watch(
                        request, firstBytes: StreamRule.patience, whole: StreamRule.patience,
                        until: EventLogRule.hasBegun)
                    return answer.flatMap(\.self)?.body ?? ""
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        say(EventLogRule().finding(beginnings))
    }
}
