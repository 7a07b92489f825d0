internal import PeerText

/// What an event source makes of a response (HTML standard §9.2.2): an event stream, an end, or a failure that is worth
/// another attempt or not.
///
/// It is stricter than a browser in one point: it follows no redirect, because the token belongs to the gateway that it
/// was given for. It is more patient in another: a browser's `EventSource` fails for good on every status but 200
/// (§9.2.2). Here a status that says "not now" is worth another attempt, not before `Retry-After`: 408 and 425, which
/// proxies give, 429, and 5xx.
enum ResponseVerdict: Sendable {
    case open
    /// Connecting again would not help.
    case stop(GatewayClientError)
    /// The server is in trouble: connect again later, and not before the time given.
    case retry(GatewayClientError, after: Duration)

    /// Judges a response.
    ///
    /// - Parameters:
    ///   - status: the status code.
    ///   - contentType: the `Content-Type` header field's value.
    ///   - problem: the problem detail that a refusal came with.
    ///   - retryAfter: how long the answer asks to wait.
    init(status: Int, contentType: String?, problem: ProblemDetail?, retryAfter: Duration = .zero) {
        switch status {
        case 200 where Self.isEventStream(contentType): self = .open
        case 200:
            let type = contentType ?? "untyped"
            self = .stop(Self.error(.invalidResponse, "the answer is \(type), not text/event-stream: check --url"))
        case 204: self = .stop(Self.error(.ended, "the gateway has nothing more to send (204)"))
        case 300..<400:
            let reason = "the gateway redirects (\(status)) and the token is not sent elsewhere: check --url"
            self = .stop(Self.error(.refused, reason))
        case 408, 425, 429, 500...:
            let error = Self.error(.serverFailed, ProblemDetail.sentence(status: status, problem))
            self = .retry(error, after: retryAfter)
        default: self = .stop(Self.error(.refused, ProblemDetail.sentence(status: status, problem)))
        }
    }

    private static func isEventStream(_ contentType: String?) -> Bool {
        (contentType ?? "").bytes.cut(at: UInt8(ascii: ";")).before.trimmed.equalsIgnoringCase("text/event-stream")
    }

    private static func error(_ code: GatewayClientError.Code, _ message: String) -> GatewayClientError {
        GatewayClientError(code: code, message: message)
    }
}
