// Where a request's token is: found here, judged by TokenAuth.

package import EventHub
package import HTTPTypes

/// A token as the request carries it.
package struct Credential: Equatable {
    /// By which way it came: a cookie is sent by the browser without the page's doing, which a forged request exploits.
    package enum Source: Equatable {
        case authorization
        case cookie
        case query
    }

    package let source: Source
    /// A secret: into no log, metric or answer.
    package let token: Substring
    /// The sign-in that it is of, when it came in our cookie.
    package let session: SessionID?

    /// Looks in `Authorization`, then in the cookie, then, when the operator allows it, in the query.
    ///
    /// - Throws: ``Problem`` when there is none, or when `Authorization` is there and is no bearer token: another
    ///   credential is not fallen back to, the client meant this one.
    package init(_ request: HTTPRequest, target: RequestTarget, allowsQuery: Bool) throws(Problem) {
        let authorizations = request.headerFields[values: .authorization]
        if !authorizations.isEmpty {
            self.init(source: .authorization, token: try Self.bearer(authorizations))
        } else if let cookie = SessionCookie(request.headerFields) {
            self.init(source: .cookie, token: cookie.token, session: cookie.session)
        } else if allowsQuery, let token = target["access_token"].first {
            self.init(source: .query, token: token[...])
        } else {
            throw .tokenMissing
        }
    }

    private init(source: Source, token: Substring, session: SessionID? = nil) {
        self.source = source
        self.token = token
        self.session = session
    }

    /// RFC 6750 §2.1; the scheme's name in any case (RFC 9110 §11.1).
    private static func bearer(_ values: [String]) throws(Problem) -> Substring {
        guard values.count == 1 else {
            throw .tokenRefused(code: "token-malformed", detail: "Send one Authorization field.")
        }
        // By bytes: a token has hundreds of them.
        let value = values[0].utf8
        let scheme = value.prefix { $0 != UInt8(ascii: " ") }
        let token = value[scheme.endIndex...].drop { $0 == UInt8(ascii: " ") }
        guard !token.isEmpty, Substring(scheme).lowercased() == "bearer" else {
            throw .tokenRefused(
                code: "token-malformed", detail: "The Authorization field has to read `Bearer <token>`.")
        }
        return Substring(token)
    }
}
