// The admin listener's rules: probes, metrics, what became of reloads, and of an event. Plain HTTP, for the operator's
// own machines only.

internal import Foundation
internal import HTTPServing
internal import HTTPTypes
internal import PeerText

/// Answers `/livez`, `/readyz`, `/metrics`, `/reloads`, `/explain`, and what is below `/dashboard`.
struct AdminJudge: RequestJudge {
    /// Says what became of an event for a user, as JSON; nothing for an id that is none. On any thread.
    typealias Explain =
        @Sendable (_ event: String, _ user: String, _ answer: @escaping @Sendable ([UInt8]?) -> Void) -> Void

    private let hosts: @Sendable () -> AdminHosts
    private let health: Health
    private let reloads: @Sendable () -> ReloadRecord
    private let explain: Explain?
    private let metrics: @Sendable () -> String
    private let dashboard: DashboardJudge?

    /// - Parameters:
    ///   - hosts: the names that it answers to; asked at each request.
    ///   - health: what probes say.
    ///   - reloads: what became of them; asked at each request.
    ///   - explain: says what became of an event; nil where nobody can, as in a test.
    ///   - dashboard: the operator's page; nil where there is none, as in a test.
    ///   - metrics: the text for Prometheus.
    init(
        hosts: @autoclosure @escaping @Sendable () -> AdminHosts, health: Health,
        reloads: @autoclosure @escaping @Sendable () -> ReloadRecord,
        explain: Explain? = nil, dashboard: Dashboard? = nil,
        metrics: @escaping @Sendable () -> String
    ) {
        self.explain = explain
        self.hosts = hosts
        self.health = health
        self.reloads = reloads
        self.metrics = metrics
        self.dashboard = dashboard.map { DashboardJudge(dashboard: $0) }
    }

    func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        if let plan = explanation(request) { return .collect(plan) }
        guard hosts().take(request.authority) else { return .answer(text(.misdirectedRequest, Self.otherHost)) }
        guard request.method == .get || request.method == .head else {
            return .answer(text(.methodNotAllowed, "Use GET.\n", [.allow: "GET, HEAD"]))
        }
        let (path, query) = (request.path ?? "").bytes.cut(at: UInt8(ascii: "?"))
        return dashboard?.judge(request, at: path, from: &peer) ?? .answer(answer(at: path, query))
    }

    /// `/explain?user=…&event=…`: it asks the event loops, and so is answered later.
    private func explanation(_ request: HTTPRequest) -> BodyPlan? {
        guard let explain, hosts().take(request.authority), request.method == .get,
            let target = try? RequestTarget(request.path), target.path.hasSameBytes(as: "/explain")
        else { return nil }
        let (users, events) = (target["user"], target["event"])
        return BodyPlan(limit: 0, keepsBody: false) { _, respond in
            guard let user = users.first, let event = events.first, users.count == 1, events.count == 1 else {
                return respond(text(.badRequest, Self.explainUsage))
            }
            explain(event, user) { json in
                guard let json else {
                    return respond(text(.badRequest, "That is no event's id: it looks like abcdefgh-17.\n"))
                }
                respond(text(.ok, String(decoding: json, as: UTF8.self) + "\n", [.contentType: "application/json"]))
            }
        }
    }

    private static let explainUsage = "Ask /explain?user=NAME&event=ID.\n"

    private func answer(at path: Substring.UTF8View, _ query: Substring.UTF8View?) -> Answer {
        if path.isSame(as: "/livez") { return answer("live", health.deadly) }
        if path.isSame(as: "/readyz") { return readiness(query) }
        if path.isSame(as: "/metrics") {
            return text(.ok, metrics(), [.contentType: "text/plain; version=0.0.4; charset=utf-8"])
        }
        if path.isSame(as: "/reloads") { return json(reloads()) }
        return text(.notFound, "There are /livez, /readyz, /metrics, /reloads, /explain and /dashboard.\n")
    }

    /// `?for=streams` or `?for=publish` asks for one kind of traffic.
    private func readiness(_ query: Substring.UTF8View?) -> Answer {
        let purpose = Health.Purpose.allCases.first { query?.isSame(as: "for=\($0.rawValue)") == true }
        guard query?.isEmpty ?? true || purpose != nil else {
            return text(.badRequest, "Ask /readyz, /readyz?for=streams or /readyz?for=publish.\n")
        }
        return answer("ready", health.faults(for: purpose), note: health.durability?.note)
    }

    private func answer(_ word: String, _ faults: [String], note: String? = nil) -> Answer {
        let lines = note.map { "\($0)\n" } ?? ""
        return faults.isEmpty
            ? text(.ok, "\(word)\n" + lines)
            : text(.serviceUnavailable, "not \(word): \(faults.joined(separator: "; "))\n" + lines)
    }

    /// A page whose name was made to mean this machine asks by that name.
    private static let otherHost =
        "This listener does not answer to that name. Use localhost or an IP address, or list the name in admin.hosts.\n"

    private func json(_ value: some Encodable) -> Answer {
        guard let bytes = try? JSONEncoder().encode(value) else { return text(.internalServerError, "no JSON\n") }
        return text(.ok, String(decoding: bytes, as: UTF8.self) + "\n", [.contentType: "application/json"])
    }

    private func text(_ status: HTTPResponse.Status, _ text: String, _ fields: HTTPFields = [:]) -> Answer {
        var answer = Answer(status, fields: fields, body: Array(text.utf8))
        if fields[.contentType] == nil { answer.fields[.contentType] = "text/plain; charset=utf-8" }
        answer.fields[.cacheControl] = "no-store"
        return answer
    }
}
