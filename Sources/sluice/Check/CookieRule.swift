// Whether the gateway's session cookie does what it is for, for a page of one site and a gateway of another. A rule
// without IO.

import Foundation
import GatewayClient
import GatewayServer

/// Judges the session cookie.
struct CookieRule: Sendable {
    static let name = "__Host-sluice"
    private static let subject = "session cookie"

    let sites: SitePair

    /// What the two sites mean for cookies.
    var sitesFinding: CheckFinding {
        let pair = "\(sites.origin) and \(sites.gateway)"
        switch sites.relation {
        case .sameOrigin: return CheckFinding(.fine, "sites", "\(pair) are one origin; CORS plays no part")
        case .sameSite: return CheckFinding(.fine, "sites", "\(pair) are one site: no browser blocks the cookie")
        case .crossSite:
            let reason = sites.origin.hasPrefix("http:") ? " because the page is http" : ""
            return CheckFinding(
                .doubtful, "sites",
                "\(pair) are two sites\(reason), so the cookie is a third-party cookie: Safari blocks it, Firefox keeps one apart for "
                    + "each site that embeds it, Chrome leaves it to the user; give the gateway a name beside the page's "
                    + "(events.example.com), or a path under the page's own host, or read with fetch and Authorization")
        }
    }

    /// Judges what `POST /v1/session` was answered.
    func finding(_ answer: ProbeAnswer) -> CheckFinding {
        guard let cookie = Self.cookie(in: answer) else {
            return CheckFinding(
                .wrong, Self.subject,
                "is not set by the answer to POST /v1/session; a proxy may have taken Set-Cookie away")
        }
        if let trouble = prefixTrouble(cookie) ?? sameSiteTrouble(cookie) {
            return CheckFinding(.wrong, Self.subject, trouble)
        }
        return finding(accepted: cookie)
    }

    /// What a browser checks because of the name, and what keeps scripts away from it (RFC 6265bis §4.1.3.2, §5.7).
    private func prefixTrouble(_ cookie: SetCookie) -> String? {
        if cookie["secure"] == nil { return "lacks Secure, so browsers throw it away; " + Self.changed }
        if cookie["path"] != "/" {
            return "has Path=\(cookie["path"] ?? ""), and must have Path=/, or browsers throw it away; " + Self.changed
        }
        if let domain = cookie["domain"] {
            return "has Domain=\(domain), and must have none, or browsers throw it away; " + Self.changed
        }
        if cookie["httponly"] == nil {
            return "lacks HttpOnly, so scripts of the page can read the token; " + Self.changed
        }
        return nil
    }

    private static let changed = "the gateway sends it right: a proxy rewrites it (proxy_cookie_…)"

    private func sameSiteTrouble(_ cookie: SetCookie) -> String? {
        let value = cookie["samesite"]?.lowercased() ?? "lax"
        guard sites.relation == .crossSite, value != "none" else { return nil }
        return
            "has SameSite=\(value), and \(sites.origin) is another site: the browser sends it with no request of that page; "
            + "set session.same_site: none, or give the gateway a name of the page's site"
    }

    private func finding(accepted cookie: SetCookie) -> CheckFinding {
        let value = cookie["samesite"] ?? "none given, which is Lax in most browsers"
        let found = "is accepted: \(Self.name), Secure, HttpOnly, Path=/, SameSite=\(value)"
        if sites.relation != .crossSite, value.lowercased() == "none" {
            return CheckFinding(
                .doubtful, Self.subject,
                found + "; SameSite=None is more than this page needs: set session.same_site: lax")
        }
        guard let age = cookie["max-age"].flatMap(Int.init), age > 0 else {
            return CheckFinding(.doubtful, Self.subject, found + ", without a Max-Age; a proxy rewrites it")
        }
        return CheckFinding(.fine, Self.subject, found + ", for \(age) s")
    }

    /// The cookie to send back. It is the last one, because the one of the other kind is cleared before it.
    static func cookie(in answer: ProbeAnswer) -> SetCookie? {
        answer.values("Set-Cookie").compactMap(SetCookie.init).last { $0.name == name }
    }
}

// Reads one `Set-Cookie` field as browsers do (RFC 6265bis §5.6).

/// A cookie that a server wants the browser to keep.
struct SetCookie: Sendable, Equatable {
    /// The name.
    let name: String
    /// The value: a secret.
    let value: String
    private let attributes: [String: String]

    /// - Parameter field: the field's value.
    init?(_ field: String) {
        let parts = field.split(separator: ";", omittingEmptySubsequences: false)
            .map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(Self.trimmed) }
        guard let pair = parts.first, pair.count == 2, !pair[0].isEmpty else { return nil }
        (name, value) = (pair[0], pair[1])
        attributes = Dictionary(parts.dropFirst().map { ($0[0].lowercased(), $0.count == 2 ? $0[1] : "") }) { $1 }
    }

    private static func trimmed(_ text: Substring) -> String { text.trimmingCharacters(in: .whitespaces) }

    /// An attribute's value; empty for one without.
    ///
    /// - Parameter attribute: its name in lower case.
    subscript(attribute: String) -> String? { attributes[attribute] }

    /// As the browser sends it back.
    var pair: String { "\(name)=\(value)" }
}
