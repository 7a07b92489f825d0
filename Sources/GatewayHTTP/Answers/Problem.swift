// Why a request is refused, as the client reads it: RFC 9457 problem details, and RFC 6750's challenge with 401 and
// 403.

package import HTTPTypes
internal import StrictJSON

/// A refusal with its reason. Says what to fix, and never repeats a token or an event's data.
package struct Problem: Error, Sendable, Equatable {
    package let status: HTTPResponse.Status
    /// One word for programs: the end of the problem's `type`, and the reason in metrics.
    package let code: String
    /// What is wrong and what to do about it.
    package let detail: String
    /// Fields beside the body: a challenge, `Allow`.
    package let fields: HTTPFields

    package init(_ status: HTTPResponse.Status, _ code: String, _ detail: String, fields: HTTPFields = [:]) {
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = fields
    }

    /// The problem in JSON (RFC 9457 §3.1).
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { members in
            members.string("type", "urn:sluice:problem:\(code)")
            members.string("title", status.reasonPhrase)
            members.integer("status", Int64(status.code))
            members.string("detail", detail)
            members.string("code", code)
        }
        return writer.bytes
    }

    /// The response that tells of it.
    package var answer: Answer {
        var fields = fields
        fields[.contentType] = "application/problem+json"
        fields[.cacheControl] = "no-store"
        return Answer(status, fields: fields, body: json, refusal: code)
    }

    /// The same, with fields that are not the problem's.
    func answer(with more: HTTPFields) -> Answer {
        var answer = answer
        answer.add(more)
        return answer
    }
}

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
        "There is nothing here. The gateway serves /v1/stream, /v1/publish, /v1/session and /v1/sluice.js; "
            + "/v1/openapi.yaml describes them.")

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

// MARK: The message itself

extension Problem {
    static func requestMalformed(_ detail: String) -> Problem {
        Problem(.badRequest, "request-malformed", detail)
    }

    static let requestTimeout = Problem(
        .requestTimeout, "request-timeout",
        "The request did not arrive in time (limits.head_timeout, limits.body_timeout). Send it again, faster.")

    static func headTooLarge(limit: Int) -> Problem {
        Problem(
            .requestHeaderFieldsTooLarge, "head-too-large",
            "The request's head may have \(limit) bytes (limits.request_head). Send shorter or fewer fields.")
    }

    static func bodyTooLarge(limit: Int) -> Problem {
        Problem(
            .contentTooLarge, "body-too-large",
            "A request's body may have \(limit) bytes (limits.request_body). Split the batch.")
    }

    static func topicInvalid(_ detail: String) -> Problem {
        Problem(.badRequest, "topic-invalid", detail)
    }

    static func jsonInvalid(_ detail: String) -> Problem {
        Problem(.badRequest, "json-invalid", detail)
    }

    static func publishInvalid(_ detail: String) -> Problem {
        Problem(.badRequest, "publish-invalid", detail)
    }

    /// For strangers and publishers alike: their request is not at fault.
    static let heldFull = Problem(
        .serviceUnavailable, "held-full",
        "The gateway holds as many requests and answers as it may (limits.held). Send it again later.",
        fields: [.retryAfter: "1"])

    static func logUnavailable(_ code: String, _ detail: String) -> Problem {
        Problem(.serviceUnavailable, code, detail, fields: [.retryAfter: "1"])
    }
}
