// What the TLS handshake with a gateway says to someone who wants browsers to come. A rule without IO.

import GatewayClient
import GatewayServer

/// Judges a gateway's certificate and its protocols, as a browser meets them.
struct CertificateRule: Sendable {
    /// With fewer days left it is time to renew.
    private static let renewalDays: Int64 = 14

    let url: GatewayURL
    /// The authorities that were trusted; `nil` for the system's.
    let authorities: String?
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    let now: Int64

    private var subject: String { "certificate of \(url.authority)" }

    /// A certificate that verified.
    func finding(_ facts: HandshakeFacts) -> CheckFinding {
        let days = (facts.notAfter - now) / 86_400
        let trust =
            authorities.map { "comes from an authority in \($0)" } ?? "comes from an authority that this system trusts"
        let found = "\(trust), is for \(facts.hostNames.joined(separator: ", ")), and expires in \(days) days"
        return days < Self.renewalDays
            ? CheckFinding(.doubtful, subject, found + "; renew it now") : CheckFinding(.fine, subject, found)
    }

    /// A certificate that did not.
    func finding(_ trouble: CertificateTrouble) -> CheckFinding {
        CheckFinding(.wrong, subject, explain(trouble))
    }

    private func explain(_ trouble: CertificateTrouble) -> String {
        switch trouble {
        case .otherName:
            "is for other names than \(url.host); issue it for that name (subjectAltName), or give --url as browsers know it"
        case .expired: "has expired, or one of its chain has; renew it"
        case .notYetValid: "is not valid yet; wait, or set this machine's clock"
        case .untrusted:
            "comes from no authority that is trusted here (\(authorities ?? "the system's")); serve the whole chain, "
                + "intermediates included, and give --ca if the authority is your own: browsers then need it too"
        case .other(let reason): "is refused (\(reason)); browsers will refuse it too"
        }
    }

    /// What ALPN chose.
    func protocolFinding(_ facts: HandshakeFacts) -> CheckFinding {
        facts.applicationProtocol == "h2"
            ? CheckFinding(.fine, "HTTP/2", "is offered (ALPN): all of a browser's tabs share one connection")
            : CheckFinding(
                .doubtful, "HTTP/2",
                "is not offered, only HTTP/1.1: a browser opens six connections to one origin for all its tabs together, so "
                    + "the seventh stream waits for ever; have what ends TLS offer h2 (nginx: listen … ssl http2; HAProxy: "
                    + "alpn h2,http/1.1), or share one stream between the tabs with sluice.js")
    }
}
