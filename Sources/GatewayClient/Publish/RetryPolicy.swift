/// How often a publish is sent again, and when. A value: the caller passes the random number, and waits.
package struct RetryPolicy: Sendable, Equatable {
    /// How many times one request is sent at the most.
    package let attempts: Int
    /// The longest wait before the second attempt; it doubles with each.
    package let base: Duration

    /// No wait is longer. A gateway that asks for more is not asked again: the caller is told, and knows what to do.
    private static let longest: Duration = .seconds(10)

    /// - Parameters:
    ///   - attempts: how many times one request is sent at the most; 4 when not given.
    ///   - base: the longest wait before the second attempt; 200 ms when not given.
    package init(attempts: Int = 4, base: Duration = .milliseconds(200)) {
        self.attempts = attempts
        self.base = base
    }

    /// How long to wait before the same request is sent again; nil when it must not be, or has been often enough.
    ///
    /// With an `Idempotency-Key` a request without an answer may be sent again, too: the gateway knows it. Never before
    /// the time that it has asked for (RFC 9110 §10.2.3), which it may have asked of many: so the longer that is, the
    /// further apart they come.
    ///
    /// - Parameters:
    ///   - error: what became of the attempt.
    ///   - attempt: which one it was, from 1.
    ///   - jitter: a random number from 0 up to 1.
    package func delay(after error: GatewayClientError, attempt: Int, jitter: Double) -> Duration? {
        guard attempt < attempts, error.isRetryable || error.code == .outcomeUnknown else { return nil }
        guard error.retryAfter <= Self.longest else { return nil }
        let doubled = min(base * (1 << min(attempt - 1, 10)), Self.longest)
        return max(doubled / 2, error.retryAfter)
            + max(doubled, error.retryAfter) * (min(max(jitter, 0), 1) / 2)
    }
}
