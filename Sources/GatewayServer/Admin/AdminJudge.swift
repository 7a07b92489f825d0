// The admin listener's rules: probes and metrics. Plain HTTP, for the operator's own machines only.

internal import GatewayHTTP
internal import HTTPTypes

/// Answers `/livez`, `/readyz` and `/metrics`.
struct AdminJudge: RequestJudge {
    let readiness: Readiness
    let metrics: @Sendable () -> String

    func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        guard request.method == .get || request.method == .head else {
            return .answer(text(.methodNotAllowed, "Use GET.\n", [.allow: "GET, HEAD"]))
        }
        switch request.path?.prefix(while: { $0 != "?" }) {
        case "/livez": return .answer(text(.ok, "live\n"))
        case "/readyz": return .answer(ready(request.path ?? ""))
        case "/metrics":
            return .answer(text(.ok, metrics(), [.contentType: "text/plain; version=0.0.4; charset=utf-8"]))
        default: return .answer(text(.notFound, "There are /livez, /readyz and /metrics.\n"))
        }
    }

    /// `?for=streams` or `?for=publish` asks for one kind of traffic.
    private func ready(_ path: String) -> Answer {
        let query = path.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst()
        let purpose =
            query.starts(with: "for=".utf8) ? Readiness.Purpose(rawValue: "\(Substring(query.dropFirst(4)))") : nil
        guard query.isEmpty || purpose != nil else {
            return text(.badRequest, "Ask /readyz, /readyz?for=streams or /readyz?for=publish.\n")
        }
        guard let obstacle = readiness.obstacle(for: purpose) else { return text(.ok, "ready\n") }
        return text(.serviceUnavailable, "not ready: \(obstacle)\n")
    }

    private func text(_ status: HTTPResponse.Status, _ text: String, _ fields: HTTPFields = [:]) -> Answer {
        var answer = Answer(status, fields: fields, body: Array(text.utf8))
        if fields[.contentType] == nil { answer.fields[.contentType] = "text/plain; charset=utf-8" }
        answer.fields[.cacheControl] = "no-store"
        return answer
    }
}
