/// How long an event source waits before it connects again: the server's `retry` time, doubled with every failure in a
/// row, plus up to half of that at random, so that clients that were cut together do not return together.
///
/// A value: the caller passes the random number, and waits.
package struct ReconnectBackoff: Sendable, Equatable {
    /// The longest wait that failures lead to, before jitter. A longer `retry` of the server is honoured all the same.
    package let maximum: Duration
    /// The wait after the first failure, before jitter; the server's `retry` sets it.
    package private(set) var base: Duration
    /// Failures since the last connection that worked.
    package private(set) var failures = 0

    /// A longer `retry` is cut to this: a typing error must not silence a client for a year.
    private static let longestRetry: Duration = .seconds(3600)
    /// A shorter `retry` is raised to this, as the HTML standard allows (§9.2.3: "the user agent may wait some more"):
    /// with `retry: 0` a broken server would be asked as fast as it can refuse. A gateway's `stream.retry` is never
    /// below it.
    static let shortestRetry: Duration = .milliseconds(100)

    /// Creates a backoff.
    ///
    /// - Parameters:
    ///   - base: the wait after the first failure until the server sets another; 3 s when not given.
    ///   - maximum: the longest wait that failures lead to; 60 s when not given.
    package init(base: Duration = .seconds(3), maximum: Duration = .seconds(60)) {
        self.base = base
        self.maximum = maximum
    }

    /// Takes the server's `retry` (HTML standard §9.2.6).
    ///
    /// - Parameter milliseconds: the reconnection time; from a tenth of a second to one hour.
    mutating func serverSet(retryMilliseconds milliseconds: Int) {
        base = max(min(.milliseconds(max(0, milliseconds)), Self.longestRetry), Self.shortestRetry)
    }

    /// The connection worked, so the next failure counts as the first.
    package mutating func succeeded() {
        failures = 0
    }

    /// Counts a failure and says how long to wait.
    ///
    /// - Parameters:
    ///   - least: what the server asked to wait at least (`Retry-After`); limited to one hour.
    ///   - jitter: a random number from 0 up to 1.
    /// - Returns: at least the server's `retry`, at most 1.5 times the largest of it, `least` and `maximum`.
    package mutating func failed(notBefore least: Duration = .zero, jitter: Double) -> Duration {
        // Ten doublings are a factor of 1024: beyond every maximum that makes sense, far below an overflow.
        let doubled = base * (1 << min(failures, 10))
        failures += 1
        let delay = max(base, min(doubled, maximum), min(least, Self.longestRetry))
        return delay + delay * (min(max(jitter, 0), 1) / 2)
    }
}
