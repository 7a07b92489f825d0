// The session cookie: how it is read, and what is written into `Set-Cookie` (RFC 6265bis). Its value is the session's name, a
// dot and the token: the gateway keeps no table of sessions, so a restart signs nobody out.

package import EventHub
package import HTTPTypes

/// What a browser sends back of a sign-in.
package struct SessionCookie: Equatable {
    /// None in a cookie that is a bare token, as a backend behind the same host may set it.
    package let session: SessionID?
    /// A secret: into no log, metric or answer but the one that sets the cookie.
    package let token: Substring

    /// Cookie names with this prefix are only taken from, and sent to, this very host over HTTPS (RFC 6265bis §4.1.3.2).
    package static let name = "__Host-sluice"

    /// Browsers ignore a cookie whose name and value have more bytes than this (RFC 6265bis §5.6).
    static let byteLimit = 4096

    /// The first cookie of our name (RFC 6265bis §4.2.1). HTTP/2 may split the field (RFC 9113 §8.2.3).
    package init?(_ fields: HTTPFields) {
        guard let value = Self.value(fields[values: .cookie]) else { return nil }
        if let dot = value.firstIndex(of: "."), let session = SessionID(value[..<dot]) {
            self.session = session
            token = value[value.index(after: dot)...]
        } else {
            session = nil
            token = value
        }
    }

    private static func value(_ fields: [String]) -> Substring? {
        for field in fields {
            for pair in field.split(separator: ";") {
                let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0] == name { return parts[1] }
            }
        }
        return nil
    }

    // MARK: Set-Cookie

    /// Sets the cookie, for as long as its token is good. Nothing when browsers would ignore it as too long.
    ///
    /// - Parameter seconds: how long that is.
    static func set(
        _ session: SessionID, token: Substring, for seconds: Int64, _ sameSite: SameSite
    ) -> HTTPFields? {
        let value = "\(session).\(token)"
        guard name.utf8.count + value.utf8.count <= byteLimit else { return nil }
        return field(value, maxAge: seconds, sameSite)
    }

    /// Has the browser forget it.
    static func clear(_ sameSite: SameSite) -> HTTPFields { field("", maxAge: 0, sameSite) }

    private static func field(_ value: String, maxAge: Int64, _ sameSite: SameSite) -> HTTPFields {
        [.setCookie: "\(name)=\(value); Path=/; Max-Age=\(maxAge); Secure; HttpOnly; \(sameSite.attributes)"]
    }
}

/// With which requests browsers send the cookie (RFC 6265bis §5.6.7).
package enum SameSite: String, Sendable, Equatable, CaseIterable {
    /// With those that come from pages of the gateway's own site, and with navigation to it.
    case lax
    /// With those that come from pages of the gateway's own site.
    case strict
    /// With all: for pages of other sites.
    case none

    /// Why a page of another site gets no cookie.
    var dropped: String {
        "The page is of another site than the gateway (http and https are two sites, too), so its browser drops the "
            + "session cookie, which has SameSite=\(rawValue). Set session.same_site: none, give the gateway an https name "
            + "beside the page's, or read with fetch and Authorization."
    }

    /// A browser that blocks third-party cookies keeps one that is partitioned by the page's site (CHIPS).
    var attributes: String {
        switch self {
        case .lax: "SameSite=Lax"
        case .strict: "SameSite=Strict"
        case .none: "SameSite=None; Partitioned"
        }
    }
}
