// The session cookie: how to read it, and how to write `Set-Cookie` (RFC 6265bis). Its value is the session's name, a
// dot and the token; or, where the token is too long for a cookie, the handle of what the gateway keeps of it.

internal import EventHub
internal import EventLog
internal import HTTPTypes
internal import PeerText

/// The cookie of a sign-in, as a browser sends it back.
struct SessionCookie: Equatable {
    /// Nil in a cookie that is a bare token, as a backend behind the same host may set it.
    let session: SessionID?
    /// The token, or a handle. A secret: it goes into no log, metric or answer, except for the answer that sets the
    /// cookie.
    let token: Substring

    /// A browser takes a cookie with the prefix `__Host-` only from this very host over HTTPS, and sends it nowhere
    /// else (RFC 6265bis §4.1.3.2).
    static let name = "__Host-sluice"

    /// Browsers ignore a cookie whose name and value have more bytes than this (RFC 6265bis §5.6).
    static let byteLimit = 4096

    /// - Parameter value: the cookie's value.
    init(value: Substring.UTF8View) {
        let parts = value.cut(at: UInt8(ascii: "."))
        if let rest = parts.behind, let session = SessionID(Substring(parts.before)) {
            self.session = session
            token = Substring(rest)
        } else {
            session = nil
            token = Substring(value)
        }
    }

    /// The handle that it has in a token's place. Only behind a session's name, as the gateway sets it.
    var handle: SessionHandle? { session == nil ? nil : SessionHandle(token) }

    // MARK: Set-Cookie

    /// Whether browsers take a cookie with this token.
    static func fits(_ token: Substring) -> Bool {
        name.utf8.count + SessionID.digitCount + 1 + token.utf8.count <= byteLimit
    }

    /// Sets the cookie, and has the browser forget the one of the other kind.
    ///
    /// - Parameters:
    ///   - token: a token that fits, or a handle.
    ///   - seconds: how long the token is still valid.
    static func set(_ session: SessionID, token: Substring, for seconds: Int64, _ sameSite: SameSite) -> HTTPFields {
        let value = "\(session).\(token)"
        // The cookie to forget comes first: a browser that does not know `Partitioned` takes both for one cookie.
        let other = sameSite == .none ? unpartitioned : partitioned
        return HTTPFields([field("", maxAge: 0, other), field(value, maxAge: seconds, sameSite.attributes)])
    }

    /// Has the browser forget the cookie of either kind: the setting may have been another one when it was made.
    static var clear: HTTPFields {
        HTTPFields([field("", maxAge: 0, unpartitioned), field("", maxAge: 0, partitioned)])
    }

    /// To browsers these are two cookies of one name (CHIPS: the site of the page is part of a partitioned cookie's
    /// key). Without `SameSite=None` the answer to a page of another site could clear neither (RFC 6265bis §5.7).
    private static let unpartitioned = "SameSite=None"
    private static let partitioned = "SameSite=None; Partitioned"

    private static func field(_ value: String, maxAge: Int64, _ attributes: String) -> HTTPField {
        HTTPField(
            name: .setCookie, value: "\(name)=\(value); Path=/; Max-Age=\(maxAge); Secure; HttpOnly; \(attributes)")
    }
}

/// Which requests browsers send the cookie with (RFC 6265bis §5.6.7).
package enum SameSite: String, Sendable, Equatable, CaseIterable {
    /// Requests from pages of the gateway's own site, and navigation to it.
    case lax
    /// Requests from pages of the gateway's own site.
    case strict
    /// All requests: for pages of other sites.
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
