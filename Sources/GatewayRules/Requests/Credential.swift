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
        let authorization = request.headerFields.only(.authorization)
        if authorization != nil || request.headerFields.contains(.authorization) {
            self = .authorization(try Self.bearer(authorization))
            return
        }
        let cookies = SessionCookies(request.headerFields)
        if !cookies.counted.isEmpty {
            self = .cookies(cookies)
        } else if allowsQuery, let token = target["access_token"].first {
            self = .query(token[...])
        } else {
            throw .tokenMissing
        }
    }

    /// RFC 6750 §2.1; the scheme's name in any case (RFC 9110 §11.1).
    private static func bearer(_ value: String?) throws(Problem) -> Substring {
        guard let value else {
            throw .tokenRefused(code: "token-malformed", detail: "Send one Authorization field.")
        }
        guard let start = value.utf8.withContiguousStorageIfAvailable({ tokenOffset(in: .init($0)) }) ?? nil else {
            throw .tokenRefused(
                code: "token-malformed", detail: "The Authorization field has to read `Bearer <token>`.")
        }
        return value[value.utf8.index(value.startIndex, offsetBy: start)...]
    }

    /// Where the token begins behind `Bearer` and spaces.
    private static func tokenOffset(in value: UnsafeRawBufferPointer) -> Int? {
        guard let space = value.offset(of: UInt8(ascii: " ")),
            UnsafeRawBufferPointer(rebasing: value[..<space]).equalsIgnoringCase("bearer")
        else { return nil }
        return (space..<value.count).first { value[$0] != UInt8(ascii: " ") }
    }
}
