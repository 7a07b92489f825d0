// What a browser reads in an answer before a page of another origin gets any of it (Fetch standard §3.2). A rule
// without IO.

import Foundation
import GatewayClient
import GatewayServer

/// Judges answers to requests with credentials from one origin.
struct CORSRule: Sendable {
    /// The page's origin, as the browser sends it.
    let origin: String

    /// A preflight to judge.
    struct Preflight: Sendable {
        /// What the page wants to do.
        let method: String
        let path: String
        /// The fields that it wants to send, in lower case.
        let fields: [String]

        /// What the browser sends.
        func request(from origin: String) -> ProbeRequest {
            ProbeRequest(
                "OPTIONS", path,
                fields: [
                    ProbeField("Origin", origin), ProbeField("Access-Control-Request-Method", method),
                    ProbeField("Access-Control-Request-Headers", fields.joined(separator: ",")),
                ])
        }

        var subject: String { "preflight for \(method) \(path)" }
    }

    /// What keeps the page from reading an answer; `nil` when nothing does.
    func trouble(_ answer: ProbeAnswer) -> String? {
        let origins = answer.values("Access-Control-Allow-Origin")
        guard let allowed = origins.first else { return missing(answer) }
        guard origins.count == 1 else {
            return
                "names Access-Control-Allow-Origin \(origins.count) times, which no browser accepts; let only the gateway "
                + "set it, not the proxy too"
        }
        guard allowed != "*" else {
            return
                "has Access-Control-Allow-Origin: *, which browsers refuse together with credentials; something in front "
                + "of the gateway sets it: remove it there"
        }
        guard allowed == origin else {
            return
                "has Access-Control-Allow-Origin: \(allowed), which has to be exactly \(origin); a cache that ignores "
                + "Vary: Origin, or a proxy, gave another page's answer"
        }
        guard answer.values("Access-Control-Allow-Credentials") == ["true"] else {
            return
                "lacks Access-Control-Allow-Credentials: true, so no page with withCredentials may read it; a proxy took "
                + "it away"
        }
        return nil
    }

    private func missing(_ answer: ProbeAnswer) -> String {
        guard answer.problem?.code == "origin-not-allowed" else {
            return
                "has no Access-Control-Allow-Origin (status \(answer.status)), so the browser gives the page nothing; does "
                + "a proxy answer in the gateway's place, or take the field away?"
        }
        let near = answer.problem.flatMap { $0.detail.contains(origin) ? " (the gateway says: \($0.detail))" : nil }
        return "is refused: this origin is not in cors.origins; add it there exactly as \(origin)\(near ?? "")"
    }

    /// Judges the answer to a preflight.
    func finding(_ preflight: Preflight, _ answer: ProbeAnswer) -> CheckFinding {
        if let trouble = statusTrouble(answer) ?? trouble(answer) ?? grantTrouble(preflight, answer) {
            return CheckFinding(.wrong, preflight.subject, trouble)
        }
        return CheckFinding(
            .fine, preflight.subject, "lets \(origin) send credentials and \(preflight.fields.joined(separator: ", "))")
    }

    /// A browser takes any 2xx, follows nothing, and sends no credentials with a preflight.
    private func statusTrouble(_ answer: ProbeAnswer) -> String? {
        switch answer.status {
        case 200..<300: nil
        case 300..<400:
            "is redirected (\(answer.status)), which browsers do not follow here; give pages the URL that it leads to"
        case 401, 407:
            "is asked for credentials (\(answer.status)), which browsers never send with it; let OPTIONS through"
        case 404 where answer.problem != nil: "finds no such path; is the gateway older than this program?"
        case _ where answer.problem?.code == "origin-not-allowed": missing(answer)
        default: "is answered with \(answer.status), and browsers want 200 to 299; let OPTIONS through to the gateway"
        }
    }

    private func grantTrouble(_ preflight: Preflight, _ answer: ProbeAnswer) -> String? {
        let methods = Self.list(answer.values("Access-Control-Allow-Methods"))
        guard methods.contains(preflight.method) || Self.safeMethods.contains(preflight.method) else {
            return
                "does not allow the method \(preflight.method) (Access-Control-Allow-Methods); does a proxy answer it?"
        }
        let names = Set(Self.list(answer.values("Access-Control-Allow-Headers")).map { $0.lowercased() })
        let lacking = preflight.fields.filter { !names.contains($0) }
        // `*` is the name of a field like any other when there are credentials (Fetch standard §3.2.5).
        return lacking.isEmpty
            ? nil
            : "does not allow the field \(lacking.joined(separator: ", ")) (Access-Control-Allow-Headers); does a proxy "
                + "answer it?"
    }

    /// Need no permission of their own.
    private static let safeMethods: Set<String> = ["GET", "HEAD", "POST"]

    private static func list(_ values: [String]) -> [String] {
        values.flatMap { $0.split(separator: ",") }.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// What is wrong with the answer to `POST /v1/session`; `nil` for a session that the page may read.
    func sessionTrouble(_ answer: ProbeAnswer) -> String? {
        guard answer.status == 200 else {
            let reason = answer.problem.map { "\(answer.status) \($0.code): \($0.detail)" } ?? "status \(answer.status)"
            return "is refused (\(reason))"
        }
        return trouble(answer)
    }

    /// Judges what a page gets whose origin nobody allowed.
    ///
    /// - Parameters:
    ///   - stranger: its origin.
    ///   - answers: to its preflight and to its request.
    func finding(stranger: String, _ answers: [ProbeAnswer]) -> CheckFinding {
        let subject = "another origin (\(stranger))"
        let origins = answers.flatMap { $0.values("Access-Control-Allow-Origin") }
        if origins.contains(stranger) {
            return CheckFinding(
                .wrong, subject,
                "is let in too: something in front of the gateway answers every Origin with itself, so that any page in the "
                    + "world reads its visitors' events; remove that")
        }
        if origins.contains("*") {
            return CheckFinding(
                .wrong, subject,
                "is answered Access-Control-Allow-Origin: *; remove that from what is in front of the gateway")
        }
        return CheckFinding(.fine, subject, "gets nothing")
    }
}
