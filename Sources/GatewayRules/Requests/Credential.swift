// Finds a request's token. TokenAuth judges it.

internal import HTTPServing
internal import HTTPTypes
internal import PeerText

/// What a request shows of who asks. Each case holds a secret, which goes into no log, metric or answer.
enum Credential: Equatable {
    /// A bearer token in `Authorization`.
    case authorization(Substring)
    /// At least one session cookie. A browser sends cookies without the page's doing, which a forged request exploits.
    case cookies(SessionCookies)
    /// `?access_token=`.
    case query(Substring)

    /// Looks in `Authorization`, then in the cookies, then, when the operator allows it, in the query.
    ///
    /// - Throws: ``Problem`` when there is none, or when `Authorization` is there and is no bearer token. There is no
    ///   fallback to another credential, because the client meant this one.
    init(_ request: HTTPRequest, target: RequestTarget, allowsQuery: Bool) throws(Problem) {
        let authorizations = request.headerFields[values: .authorization]
        guard authorizations.isEmpty else {
            self = .authorization(try Self.bearer(authorizations))
            return
        }
        let cookies = SessionCookies(request.headerFields)
        if !cookies.all.isEmpty {
            self = .cookies(cookies)
        } else if allowsQuery, let token = target["access_token"].first {
            self = .query(token[...])
        } else {
            throw .tokenMissing
        }
    }

    /// RFC 6750 §2.1; the scheme's name in any case (RFC 9110 §11.1).
    private static func bearer(_ values: [String]) throws(Problem) -> Substring {
        guard values.count == 1 else {
            throw .tokenRefused(code: "token-malformed", detail: "Send one Authorization field.")
        }
        let (scheme, rest) = values[0].bytes.cut(at: UInt8(ascii: " "))
        guard let token = rest?.drop(while: { $0 == UInt8(ascii: " ") }), !token.isEmpty,
            scheme.equalsIgnoringCase("bearer")
        else {
            throw .tokenRefused(
                code: "token-malformed", detail: "The Authorization field has to read `Bearer <token>`.")
        }
        return Substring(token)
    }
}
