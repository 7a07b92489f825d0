// How a browser's cookie rules see a page and a gateway. A rule without IO.

import GatewayClient
import GatewayRules

/// A page's origin and a gateway's URL.
struct SitePair: Sendable, Equatable {
    /// What the pair is to a browser (HTML standard §7.1.1.1, "schemefully same site").
    enum Relation: Sendable, Equatable {
        /// The same scheme, host and port: CORS plays no part.
        case sameOrigin
        /// Cookies travel as the user expects, and no browser blocks them.
        case sameSite
        /// The gateway's cookie is a third-party cookie on this page.
        case crossSite
    }

    /// The page's origin, as browsers send it.
    let origin: String
    /// The gateway's origin.
    let gateway: String
    /// Their relation.
    let relation: Relation

    /// - Parameters:
    ///   - origin: the page's.
    ///   - url: the gateway's.
    init(origin: Origin, gateway url: GatewayURL) {
        self.origin = origin.serialization
        gateway = "https://\(url.authority)"
        let (scheme, host) = Self.parts(of: origin.serialization)
        relation =
            if self.origin == gateway {
                .sameOrigin
            } else if scheme == "https", Self.isSameSite(host, url.host) {
                .sameSite
            } else {
                .crossSite
            }
    }

    /// The scheme and the host of a checked origin, an IPv6 address without its brackets.
    private static func parts(of origin: String) -> (scheme: Substring, host: String) {
        let scheme = origin.prefix { $0 != ":" }
        let authority = origin.dropFirst(scheme.count + 3)
        let host = authority.first == "[" ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        return (scheme, String(host))
    }

    /// Whether two hosts belong to one site: they are equal, or have the same registrable domain.
    static func isSameSite(_ one: String, _ other: String) -> Bool {
        if one == other { return true }
        guard let domain = registrableDomain(of: one) else { return false }
        return domain == registrableDomain(of: other)
    }

    /// The registrable domain: the name that somebody has registered, and whose subdomains are one site. `nil` for
    /// addresses, for single names such as `localhost`, and for what nobody can register.
    ///
    /// Browsers look this up in the Public Suffix List, which has ten thousand entries and changes weekly. This short
    /// rule knows the shapes that most of them have.
    static func registrableDomain(of host: String) -> String? {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard !isAddress(host), !labels.contains("") else { return nil }
        let suffix = suffixLength(labels)
        return labels.count > suffix ? labels.suffix(suffix + 1).joined(separator: ".") : nil
    }

    private static func isAddress(_ host: String) -> Bool {
        host.contains(":") || host.split(separator: ".").last?.allSatisfy(\.isNumber) == true
    }

    private static func suffixLength(_ labels: [Substring]) -> Int {
        guard labels.count >= 2, let last = labels.last else { return 1 }
        let second = labels[labels.count - 2]
        let isCountrys = last.count == 2 && countrysOwn.contains(second)
        return isCountrys || shared.contains("\(second).\(last)") ? 2 : 1
    }

    /// Under a country's domain nobody can register these: `example.co.uk` belongs to somebody, `co.uk` to nobody.
    private static let countrysOwn: Set<Substring> = [
        "ac", "co", "com", "edu", "gob", "gov", "gv", "ltd", "mil", "ne", "net", "nom", "or", "org", "plc", "sch",
    ]

    /// Domains whose subdomains belong to different customers.
    private static let shared: Set<String> = [
        "amazonaws.com", "appspot.com", "azurestaticapps.net", "azurewebsites.net", "blogspot.com", "cloudapp.net",
        "cloudfront.net", "deno.dev", "firebaseapp.com", "fly.dev", "github.io", "gitlab.io", "glitch.me",
        "herokuapp.com", "netlify.app", "ngrok-free.app", "ngrok.io", "onrender.com", "pages.dev", "railway.app",
        "run.app", "surge.sh", "trycloudflare.com", "vercel.app", "web.app", "workers.dev",
    ]
}
