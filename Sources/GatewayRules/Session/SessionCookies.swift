// All session cookies of a request, and which of them counts. Two of this name are legal: when `session.same_site` has
// changed between two sign-ins, a browser has a partitioned and an unpartitioned one, and sends both.

internal import EventLog
internal import HTTPServing
internal import HTTPTypes
internal import PeerText
internal import TokenAuth

/// The session cookies, in their order.
struct SessionCookies: Equatable {
    /// As many as count. Nobody sees the others: anybody can send a thousand.
    let counted: [SessionCookie]
    /// Whether there are more.
    let areTooMany: Bool

    /// Each costs a verification of its token. A browser sends two at most; one more may be from a backend that sets it
    /// itself.
    private static let limit = 4

    /// Reads all `Cookie` fields, byte by byte (RFC 6265 §4.2.1): HTTP/2 may split the field (RFC 9113 §8.2.3).
    init(_ fields: HTTPFields) {
        var (counted, areTooMany): ([SessionCookie], Bool) = ([], false)
        reading: for field in fields[values: .cookie] {
            for pair in field.utf8.split(separator: UInt8(ascii: ";")) {
                let (name, value) = pair.trimmed.cut(at: UInt8(ascii: "="))
                guard let value, !value.isEmpty, name.isSame(as: SessionCookie.name) else { continue }
                let cookie = SessionCookie(value: value)
                // One that is there twice is no second one, and costs no second look.
                guard !counted.contains(cookie) else { continue }
                areTooMany = counted.count == Self.limit
                // Nobody looks further: each one would be compared with all of those before.
                if areTooMany { break reading }
                counted.append(cookie)
            }
        }
        (self.counted, self.areTooMany) = (counted, areTooMany)
    }

    /// The names of the sessions that the gateway may keep for these cookies: of so many as count.
    var keptNames: [KeptSession.Name] {
        // No key path: for one that is an optional chain Swift 6.3 calls memcpy on memory that overlaps.
        counted.compactMap { $0.handle?.name }
    }

    /// A cookie with a valid token, and its claims.
    typealias Good = (cookie: SessionCookie, claims: Claims)

    /// The cookies with valid tokens.
    func good(_ verify: (SessionCookie) throws(TokenRefusal) -> Claims) -> [Good] {
        counted.compactMap { cookie in (try? verify(cookie)).map { (cookie, $0) } }
    }

    /// The cookie that counts: the valid one that ends last, and the first of those that end together. A bad cookie
    /// hides no valid one.
    ///
    /// - Throws: ``Problem`` when none is valid, or when valid ones are of different users: nothing says which one the
    ///   page means.
    func chosen(_ verify: (SessionCookie) throws(TokenRefusal) -> Claims) throws(Problem) -> Good {
        guard !areTooMany else { throw .cookiesTooMany }
        var (chosen, refusal): (Good?, TokenRefusal?) = (nil, nil)
        for cookie in counted {
            switch Result(catching: { () throws(TokenRefusal) in try verify(cookie) }) {
            case .failure(let error): refusal = refusal ?? error
            case .success(let claims):
                guard let known = chosen else {
                    chosen = (cookie, claims)
                    continue
                }
                guard known.claims.subject.hasSameBytes(as: claims.subject) else { throw .cookiesDisagree }
                if claims.expiresAt.secondsSinceEpoch > known.claims.expiresAt.secondsSinceEpoch {
                    chosen = (cookie, claims)
                }
            }
        }
        if let chosen { return chosen }
        throw refusal.map(Problem.init) ?? .tokenMissing
    }
}

/// What has been found out of a request's cookies. A look at one may be a check of its token's signature, so there is
/// one look at each.
final class CookieLooks {
    private let verify: (SessionCookie) throws(TokenRefusal) -> Claims
    private var found: [(cookie: SessionCookie, claims: Result<Claims, TokenRefusal>)] = []

    init(_ verify: @escaping (SessionCookie) throws(TokenRefusal) -> Claims) { self.verify = verify }

    func claims(of cookie: SessionCookie) throws(TokenRefusal) -> Claims {
        if let known = found.first(where: { $0.cookie == cookie }) { return try known.claims.get() }
        let claims = Result { () throws(TokenRefusal) in try verify(cookie) }
        found.append((cookie, claims))
        return try claims.get()
    }
}

extension Problem {
    /// A token that is not accepted.
    init(_ refusal: TokenRefusal) {
        self = .tokenRefused(code: refusal.code.description, detail: refusal.detail)
    }

    /// Two users are signed in at once.
    static let cookiesDisagree = tokenRefused(
        code: "cookies-disagree",
        detail: "Two cookies __Host-sluice came, one partitioned and one not, of different users. "
            + "Sign in again: that leaves one of them. Or send a bearer token.")

    static let cookiesTooMany = tokenRefused(
        code: "token-malformed", detail: "More cookies __Host-sluice came than a browser keeps. Sign in again.")
}
