internal import NIOCore

/// Counts what publishers have done.
package struct PublishTally: Sendable {
    /// Requests whose events were all taken.
    package internal(set) var requests = 0
    /// Events that were taken.
    package internal(set) var events = 0
    /// Events that were refused, or whose outcome is unknown.
    package internal(set) var failedEvents = 0
    /// Connections that ended during a request.
    package internal(set) var brokenConnections = 0
    /// Why the first failed event failed.
    package internal(set) var firstFailure: String?
    /// From a request's write to its answer.
    package internal(set) var latency = LatencyHistogram()
    var firstAt = NIODeadline.distantFuture
    var lastAt = NIODeadline.uptimeNanoseconds(0)

    mutating func merge(_ other: PublishTally) {
        requests += other.requests
        events += other.events
        failedEvents += other.failedEvents
        brokenConnections += other.brokenConnections
        firstFailure = firstFailure ?? other.firstFailure
        latency.merge(other.latency)
        firstAt = min(firstAt, other.firstAt)
        lastAt = max(lastAt, other.lastAt)
    }

    mutating func answered(
        _ verdicts: [Bool?], failure: @autoclosure () -> String, sentAt: NIODeadline, now: NIODeadline
    ) {
        let taken = verdicts.count { $0 == true }
        events += taken
        failedEvents += verdicts.count - taken
        if taken == verdicts.count { requests += 1 } else { firstFailure = firstFailure ?? failure() }
        firstAt = min(firstAt, sentAt)
        lastAt = max(lastAt, now)
        latency.record(UInt64(max(0, (now - sentAt).nanoseconds)))
    }
}
