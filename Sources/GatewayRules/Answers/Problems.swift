// What the gateway's rules refuse a request for. What is wrong with the message itself stands with ``Problem``.

internal import HTTPServing
internal import HTTPTypes

// MARK: Credentials (RFC 6750 §3)

extension Problem {
    /// No credential at all: a challenge without an error code (RFC 6750 §3.1).
    static let tokenMissing = Problem(
        .unauthorized, "token-missing",
        "Send a token: the field `Authorization: Bearer <token>`, or the cookie `__Host-sluice` from a browser.",
        fields: [.wwwAuthenticate: #"Bearer realm="sluice""#])

    /// No credential, and the browser never sends the session cookie from this page.
    static func cookieDropped(_ sameSite: SameSite) -> Problem {
        Problem(tokenMissing.status, tokenMissing.code, sameSite.dropped, fields: tokenMissing.fields)
    }

    /// The token is not accepted.
    static func tokenRefused(code: String, detail: String) -> Problem {
        Problem(.unauthorized, code, detail, fields: challenge("invalid_token", detail))
    }

    /// The token is valid, and does not grant this.
    static func grantMissing(_ detail: String) -> Problem {
        Problem(.forbidden, "grant-missing", detail, fields: challenge("insufficient_scope", detail))
    }

    /// The page expects another user's stream than the one that it would get.
    static let otherUser = Problem(
        .forbidden, "other-user",
        "Another user than the page expects (`user` in the query) is signed in now. Sign in again, or load the page anew."
    )

    private static func challenge(_ error: String, _ description: String) -> HTTPFields {
        // RFC 6750 §3: error_description takes printable ASCII without `"` and `\`.
        let allowed = description.utf8.map { byte in
            let isAllowed = (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            return isAllowed ? byte : UInt8(ascii: "'")
        }
        return [
            .wwwAuthenticate:
                #"Bearer realm="sluice", error="\#(error)", error_description="\#(String(decoding: allowed, as: UTF8.self))""#
        ]
    }
}

// MARK: Origin, path, method

extension Problem {
    /// - Parameter near: the origin on the list that was probably meant.
    static func originNotAllowed(_ near: NearOrigin?) -> Problem {
        let what = near.map { "\($0.refused) is not in cors.origins; \($0.allowed) is." }
        return Problem(
            .forbidden, "origin-not-allowed",
            "\(what ?? "This Origin is not on the gateway's list.") Its operator adds it to cors.origins, exactly as the "
                + "browser sends it.")
    }

    static let originMissing = Problem(
        .forbidden, "origin-missing",
        "A request that is authenticated by cookie needs an Origin field when it changes something or comes from another "
            + "origin's page. Ask in CORS mode, or send a bearer token instead.")

    static let pathUnknown = Problem(
        .notFound, "path-unknown",
        "There is nothing here. The gateway serves /v1/stream, /v1/publish, /v1/session and /v1/sluice.js, and to "
            + "administrators /v1/users and /v1/revocations; /v1/openapi.yaml describes them.")

    static let clientCertificateMissing = Problem(
        .forbidden, "client-certificate-missing",
        "Publishing needs a client certificate that this gateway trusts (tls.client_ca).")

    static let clientCertificateExpired = Problem(
        .forbidden, "client-certificate-expired",
        "The client certificate of this connection, or one of its chain, has expired since it was shown. Connect anew with "
            + "one that is valid.")

    /// TLS verifies a client certificate once for each connection, so the client has to open another.
    static let clientAuthoritiesChanged = Problem(
        .forbidden, "client-authorities-changed",
        "The authorities of client certificates (tls.client_ca) have changed since this connection showed its own. Connect anew."
    )

    static func methodNotAllowed(allow: [HTTPRequest.Method]) -> Problem {
        let list = allow.map(\.rawValue).joined(separator: ", ")
        return Problem(.methodNotAllowed, "method-not-allowed", "Use \(list) here.", fields: [.allow: list])
    }
}

// MARK: What the body, the query and the log say

extension Problem {
    static func topicInvalid(_ detail: String) -> Problem {
        Problem(.badRequest, "topic-invalid", detail)
    }

    static func jsonInvalid(_ detail: String) -> Problem {
        Problem(.badRequest, "json-invalid", detail)
    }

    static func publishInvalid(_ detail: String) -> Problem {
        Problem(.badRequest, "publish-invalid", detail)
    }

    /// The log takes nothing at present, through no fault of the publisher.
    ///
    /// - Parameter seconds: after which a later try may succeed.
    static func logUnavailable(_ code: String, _ detail: String, retryAfter seconds: Int64? = nil) -> Problem {
        Problem(.serviceUnavailable, code, detail, fields: [.retryAfter: "\(max(1, seconds ?? 1))"])
    }
}
