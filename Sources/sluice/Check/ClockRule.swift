// How far the clocks of this machine, of the gateway and of the token's issuer are apart. A rule without IO.

import Foundation
import GatewayClient
import GatewayServer

/// Judges clocks. All times are in seconds since 1970-01-01T00:00:00Z.
struct ClockRule: Sendable {
    /// The difference that the network, and the field's whole seconds, explain.
    private static let tolerance: Int64 = 5
    /// What the gateway allows when nobody sets it (auth.clock_skew).
    private static let allowance: Int64 = 30

    /// Compares the gateway's clock with this machine's.
    ///
    /// - Parameters:
    ///   - date: the `Date` field of an answer.
    ///   - now: this machine's time when it came.
    func finding(date: String?, now: Int64) -> CheckFinding {
        guard let text = date else {
            return CheckFinding(.doubtful, "clock", "can't be compared: the answers have no Date; a proxy took it away")
        }
        guard let then = Self.seconds(text) else {
            return CheckFinding(.doubtful, "clock", "can't be compared: the answers' Date is no date of HTTP's")
        }
        let (apart, way) = (abs(then - now), then > now ? "ahead of" : "behind")
        guard apart > Self.tolerance else {
            return CheckFinding(.fine, "clock", "and the answers' Date are at most \(Self.tolerance) s apart")
        }
        let found = "of the gateway, or of what answers for it, is \(apart) s \(way) this machine's; keep both by NTP"
        return CheckFinding(
            apart > Self.allowance ? .wrong : .doubtful, "clock",
            apart > Self.allowance ? found + ": tokens are refused, or end at the wrong time" : found)
    }

    /// The claims of a token that are times.
    struct Times: Decodable, Sendable, Equatable {
        let iat: Double?
        let exp: Double?

        /// Reads them without a look at the signature, which is the gateway's matter.
        init?(token: String) {
            let parts = token.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            let base64 = parts[1].replacing("-", with: "+").replacing("_", with: "/")
            let padding = String(repeating: "=", count: (4 - base64.count % 4) % 4)
            guard let json = Data(base64Encoded: base64 + padding),
                let times = try? JSONDecoder().decode(Times.self, from: json)
            else { return nil }
            self = times
        }
    }

    /// Compares a token's times with the gateway's clock.
    ///
    /// - Parameters:
    ///   - times: the token's.
    ///   - date: the `Date` field of an answer.
    ///   - now: this machine's time, for when there is none.
    func finding(_ times: Times?, date: String?, now: Int64) -> CheckFinding {
        guard let times, let end = times.exp else {
            return CheckFinding(.wrong, "token", "is no JWT with exp; was it cut or quoted?")
        }
        let now = Double(date.flatMap(Self.seconds) ?? now)
        if let issued = times.iat, issued > now + Double(Self.allowance) {
            return CheckFinding(
                .wrong, "token",
                "is issued \(Int(issued - now)) s in the gateway's future (iat); set the issuer's clock, and keep it by NTP"
            )
        }
        let left = end - now
        guard left > 0 else {
            return CheckFinding(
                .wrong, "token", "ended \(Int(-left)) s ago (exp); get a new one, or compare the issuer's clock")
        }
        return left < 60
            ? CheckFinding(.doubtful, "token", "ends in \(Int(left)) s (exp): a page must refresh it all the time")
            : CheckFinding(.fine, "token", "is good for \(Int(left)) s")
    }

    /// Reads an IMF-fixdate (RFC 9110 §5.6.7), the only form that servers send today.
    static func seconds(_ text: String) -> Int64? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.date(from: text).map { Int64($0.timeIntervalSince1970) }
    }
}
