// Where a request's token is: found here, judged by TokenAuth.

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

    /// Cookie names with this prefix are only taken from, and sent to, this very host over HTTPS (RFC 6265bis §4.1.3.2).
    package static let cookieName = "__Host-sluice"

    /// Looks in `Authorization`, then in the cookie, then, when the operator allows it, in the query.
    ///
    /// - Throws: ``Problem`` when there is none, or when `Authorization` is there and is no bearer token: another
    ///   credential is not fallen back to, the client meant this one.
    package init(_ request: HTTPRequest, target: RequestTarget, allowsQuery: Bool) throws(Problem) {
        let authorizations = request.headerFields[values: .authorization]
        if !authorizations.isEmpty {
            self.init(source: .authorization, token: try Self.bearer(authorizations))
        } else if let token = Self.cookie(request.headerFields[values: .cookie]) {
            self.init(source: .cookie, token: token)
        } else if allowsQuery, let token = target["access_token"].first {
            self.init(source: .query, token: token[...])
        } else {
            throw .tokenMissing
        }
    }

    private init(source: Source, token: Substring) {
        self.source = source
        self.token = token
    }

    /// RFC 6750 §2.1; the scheme's name in any case (RFC 9110 §11.1).
    private static func bearer(_ values: [String]) throws(Problem) -> Substring {
        guard values.count == 1 else {
            throw .tokenRefused(code: "token-malformed", detail: "Send one Authorization field.")
        }
        let parts = values[0].split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw .tokenRefused(
                code: "token-malformed", detail: "The Authorization field has to read `Bearer <token>`.")
        }
        return parts[1]
    }

    /// RFC 6265 §4.2.1. HTTP/2 may split the field (RFC 9113 §8.2.3).
    private static func cookie(_ values: [String]) -> Substring? {
        for value in values {
            for pair in value.split(separator: ";") {
                let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0] == cookieName { return parts[1] }
            }
        }
        return nil
    }
}
