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
    /// The answer, where it was made before.
    private var made: Answer?

    package init(_ status: HTTPResponse.Status, _ code: String, _ detail: String, fields: HTTPFields = [:]) {
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = fields
    }

    /// The problem as JSON (RFC 9457 §3.1).
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

    /// The same with its answer made once: for what is told again and again, to who does not listen.
    package func prepared() -> Problem {
        var problem = self
        problem.made = answer
        return problem
    }

    package static func == (left: Problem, right: Problem) -> Bool {
        left.status == right.status && left.code == right.code && left.detail == right.detail
            && left.fields == right.fields
    }

    /// The response that tells of it.
    package var answer: Answer {
        if let made { return made }
        var fields = fields
        fields[.contentType] = "application/problem+json"
        fields[.cacheControl] = "no-store"
        return Answer(status, fields: fields, body: json, refusal: code)
    }

    /// The same, with fields that are not the problem's.
    package func answer(with more: HTTPFields) -> Answer {
        var answer = answer
        answer.add(more)
        return answer
    }
}

// MARK: The message itself, whatever the rules are

extension Problem {
    package static func requestMalformed(_ detail: String) -> Problem {
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

    package static func bodyTooLarge(limit: Int) -> Problem {
        Problem(
            .contentTooLarge, "body-too-large",
            "A request's body may have \(limit) bytes (limits.request_body). Split the batch.")
    }

    /// Of strangers as of publishers: what is wrong is not their request.
    static let heldFull = Problem(
        .serviceUnavailable, "held-full",
        "The gateway holds as many requests and answers as it may (limits.held). Send it again later.",
        fields: [.retryAfter: "1"])

}
