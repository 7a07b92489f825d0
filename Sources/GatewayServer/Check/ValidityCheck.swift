// When a certificate is valid. The time is passed in. It reads no certificate.

internal import EventLog

/// Judges a certificate's validity (RFC 5280 §4.1.2.5). All times are in seconds since 1970-01-01T00:00:00Z.
struct ValidityCheck: Sendable {
    /// A clock before this is wrong, because the program is younger.
    static let earliestNow: Int64 = 1_735_689_600
    /// With fewer days left it is time to renew.
    static let renewalDays: Int64 = 14
    private static let day: Int64 = 86_400

    let now: Int64

    /// - Parameters:
    ///   - subject: which certificate.
    ///   - names: the hosts that it is for.
    ///   - notBefore: the start of its validity.
    ///   - notAfter: the end of its validity.
    func finding(subject: String, names: [String], notBefore: Int64, notAfter: Int64) -> CheckFinding {
        guard now >= notBefore else {
            return CheckFinding(
                .wrong, subject, "is not valid before \(Self.text(notBefore)); wait, or set this machine's clock")
        }
        guard now <= notAfter else {
            return CheckFinding(.wrong, subject, "expired on \(Self.text(notAfter)); renew it")
        }
        guard !names.isEmpty else {
            return CheckFinding(
                .wrong, subject, "names no host (subjectAltName), so every client refuses it; issue it for its hosts")
        }
        let days = (notAfter - now) / Self.day
        let found = "matches its key, is for \(names.joined(separator: ", ")), and expires in \(days) days"
        return days < Self.renewalDays
            ? CheckFinding(.doubtful, subject, found + "; renew it now") : CheckFinding(.fine, subject, found)
    }

    /// - Parameters:
    ///   - subject: which file.
    ///   - authorities: those that clients' certificates come from. One that is not valid lets nobody in, and the
    ///     others go on.
    func finding(subject: String, authorities: [CertificateWatch.Certificate]) -> CheckFinding {
        let valid = authorities.filter { $0.notBefore <= now && now <= $0.notAfter }
        guard let first = valid.map(\.notAfter).min() else {
            return CheckFinding(.wrong, subject, "holds no authority that is valid now; renew it")
        }
        let days = (first - now) / Self.day
        let found = "holds \(authorities.count) of the authorities of clients' certificates"
        if let other = authorities.first(where: { !valid.contains($0) }) {
            return CheckFinding(.doubtful, subject, found + ", and \(other.name) is not valid now; take it out")
        }
        return days < Self.renewalDays
            ? CheckFinding(.doubtful, subject, found + ", and the first ends in \(days) days; renew it now")
            : CheckFinding(.fine, subject, found + ", and the first ends in \(days) days")
    }

    /// Whether this machine's clock can be right at all: every token's `exp` is compared with it.
    var clock: CheckFinding {
        now >= Self.earliestNow
            ? CheckFinding(.fine, "clock", "is at \(Self.text(now))")
            : CheckFinding(
                .wrong, "clock", "is at \(Self.text(now)), before this program was made; set it, and keep it by NTP")
    }

    /// A date as ISO 8601 writes it: `2026-11-22`, by the proleptic Gregorian calendar.
    static func text(_ seconds: Int64) -> String {
        let (year, month, dayOfMonth) = WallTime.civil((seconds >= 0 ? seconds : seconds - (day - 1)) / day)
        let parts = [month, dayOfMonth].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(year)-\(parts.joined(separator: "-"))"
    }
}
