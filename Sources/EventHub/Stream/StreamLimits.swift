// The hub's limits and times, in one place. Their defaults and effects for operators stand with the configuration keys.

package import NIOCore

/// How many streams there may be.
package struct StreamLimits: Sendable, Equatable {
    /// In the process.
    package var streams: Int
    /// Of one user.
    package var streamsPerUser: Int
    /// That one stream may subscribe to.
    package var topicsPerStream: Int

    package init(streams: Int, streamsPerUser: Int, topicsPerStream: Int) {
        self.streams = streams
        self.streamsPerUser = streamsPerUser
        self.topicsPerStream = topicsPerStream
    }
}

/// What every stream of a hub has in common.
package struct StreamSettings: Sendable, Equatable {
    /// A stream without a write for this long gets a heartbeat comment.
    package var heartbeat: TimeAmount
    /// How long ahead of its token's end a stream is told of it.
    package var expiryNotice: TimeAmount
    /// How long clients wait before they reconnect.
    package var retry: RetrySpread
    /// How many bytes of events a stream holds back while its socket takes none. One event may be larger.
    package var bufferBytes: Int
    /// What to do with a stream that would have to hold back more.
    package var overflow: Overflow
    /// For how long a stream may read the log without catching up.
    package var behindLimit: TimeAmount
    /// How many bytes the buffers of all streams may have, with the ciphertext that waits for sockets. Each shard has
    /// an even share. Beyond it, the streams that are furthest behind let go first.
    package var bufferTotalBytes: Int
    /// How many bytes of missed events one step reads from the log and writes.
    var replayStepBytes: Int
    /// How many bytes of events may wait for a shard. Beyond that, its streams read them from the log instead.
    package var inboxBytes: Int

    /// How long the gateway may be cut off from its log before streams are told, and how long a stream waits for an id
    /// that another node has given out and this one has not heard of (`log.stale_after`).
    package var staleAfter: TimeAmount
    /// What subscribers of a topic are told of each other.
    package var presence = PresenceSettings.off

    /// What to do with a stream whose buffer is full.
    package enum Overflow: String, Sendable, CaseIterable {
        /// Have it read the log from its position on, until it has caught up.
        case catchUp = "catch-up"
        /// End it. Its client comes back and resumes.
        case disconnect
    }

    package init(
        heartbeat: TimeAmount, retry: RetrySpread, bufferBytes: Int, overflow: Overflow, expiryNotice: TimeAmount,
        behindLimit: TimeAmount, bufferTotalBytes: Int, replayStepBytes: Int = 32 * 1024,
        inboxBytes: Int = 8 * 1024 * 1024, staleAfter: TimeAmount
    ) {
        self.heartbeat = heartbeat
        self.expiryNotice = expiryNotice
        self.retry = retry
        self.bufferBytes = bufferBytes
        self.overflow = overflow
        self.behindLimit = behindLimit
        self.bufferTotalBytes = bufferTotalBytes
        self.replayStepBytes = replayStepBytes
        self.inboxBytes = inboxBytes
        self.staleAfter = staleAfter
    }
}

/// A stream that would break a limit. It is told in-band and may try again: `EventSource` gives up at any status but
/// 200.
package struct AdmissionRefusal: Error, Sendable, Equatable {
    /// The `code` of `event: sluice.rejected`, and the reason in metrics.
    package let code: String
    /// What is wrong and what to do about it.
    package let detail: String

    package init(code: String, detail: String) { (self.code, self.detail) = (code, detail) }

    static func streams(limit: Int) -> AdmissionRefusal {
        AdmissionRefusal(
            code: "streams-limit",
            detail: "This gateway has its \(limit) streams open (limits.streams). Try again later.")
    }

    static func streamsPerUser(limit: Int) -> AdmissionRefusal {
        AdmissionRefusal(
            code: "streams-per-user",
            detail: "This user has \(limit) streams open already (limits.streams_per_user). Close one and try again.")
    }

    static func topicsPerStream(limit: Int) -> AdmissionRefusal {
        AdmissionRefusal(
            code: "topics-per-stream",
            detail: "A stream may have \(limit) topics (limits.topics_per_stream). Ask for fewer.")
    }

    /// The gateway is going down: another one, or this one restarted, takes the stream.
    static let draining = AdmissionRefusal(code: "draining", detail: "This gateway is shutting down. Reconnect.")
}
