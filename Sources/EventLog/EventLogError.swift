// Why a log does not take or give events, in words for three readers: the operator, the publisher and the metrics.

/// A log could not take or give events.
package struct EventLogError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, so far as a caller has to tell cases apart.
    package struct Code: Sendable, Hashable {
        /// Also the reason in metrics.
        package let name: String
        /// The engine can't write at present; a later try may succeed.
        package static let unavailable = Code(name: "log-unavailable")
        /// There is no room left where the engine writes.
        package static let full = Code(name: "log-full")
        /// More waits to be written than the engine holds in memory.
        package static let busy = Code(name: "log-busy")
        /// The publisher has more than its share, and would push out new events of others.
        package static let shareFull = Code(name: "log-share-full")
        /// What the engine writes to can only be read.
        package static let readOnly = Code(name: "log-read-only")
        /// What the engine writes to is no longer where the next start would look for it.
        package static let moved = Code(name: "log-moved")
        /// The engine has been closed.
        package static let closed = Code(name: "log-closed")
        /// What was asked for is of an epoch that is over.
        package static let epochEnded = Code(name: "log-epoch-ended")
        /// There are as many revocations as the list may have.
        package static let revocationsFull = Code(name: "revocations-limit")
        /// The sessions that are kept take up all the room that they may.
        package static let sessionsFull = Code(name: "sessions-limit")
        /// The batch's key was used for other events. A later try ends the same.
        package static let keyReused = Code(name: "idempotency-key-reused")
        /// What the engine writes to takes no event of this size. A later try ends the same.
        package static let tooLarge = Code(name: "event-too-large")
    }

    package let code: Code
    /// What is wrong and what to do, for an operator's eyes: it names files and repeats what libraries say. What a
    /// publisher is told is ``Code/advice``.
    package let message: String
    /// After how many seconds a later try may succeed; nothing where that is not known.
    package let retrySeconds: Int64?
    /// Whether what it is about may be in the log all the same.
    package var mayBeStored = false
    /// Of a batch whose events fared differently: what became of each. Empty where this error is said of all.
    package var parts: [Result<Receipt, EventLogError>] = []
    /// Whether those of the parts that are in the log were there before: nothing has been added.
    package var isRepeat = false

    package init(_ code: Code, _ message: String, retrySeconds: Int64? = nil) {
        self.code = code
        self.message = message
        self.retrySeconds = retrySeconds
    }

    package var description: String { "\(code.name): \(message)" }
}

extension EventLogError.Code {
    /// What a publisher is told: nothing of paths, of the system's words or of an engine's.
    package var advice: String {
        switch self {
        case .full: "The gateway's event log has no room at present. " + Self.keep
        case .busy: "More events wait to be written than the gateway holds. Publish more slowly. " + Self.keep
        case .shareFull: EventLogError.shareAdvice
        case .closed: "The gateway is stopping. " + Self.keep
        case .keyReused: EventLogError.keyReused.message
        case .tooLarge:
            "The servers of the gateway's event log take no event of this size. Send a reference to it instead, or have "
                + "limits.event and the servers' limit looked at."
        case .revocationsFull:
            "The list of revocations is full (limits.revocations, limits.revocation_bytes). Revoke everyone's tokens "
                + "issued before some time, which takes the place of all before it, or have the limit raised."
        case .sessionsFull:
            "This token is too long for a cookie, and the gateway has no room to keep another such session "
                + "(session.kept_bytes). Try again later, issue a shorter token, or have the limit raised."
        default: "The gateway's event log can't be written at present; its operator's log says why. " + Self.keep
        }
    }

    private static let keep = "Keep the event and send it again later."
}

extension EventLogError {
    /// What a publisher is told: nothing of paths, of the system's words or of an engine's.
    package var advice: String {
        // Both texts that this code has are made for publishers.
        if code == .keyReused { return message }
        return mayBeStored ? code.advice + Self.unknown : code.advice
    }

    private static let unknown =
        " It is not known whether it is stored: without an Idempotency-Key, the same one each time, it may come twice."
}

extension EventLogError {
    /// The hub hears of the new epoch by the tail.
    package static let epochEnded = EventLogError(.epochEnded, "The event log has begun a new epoch.")

    /// No room for another revocation.
    package static func revocationsFull(_ settings: RevocationSettings) -> EventLogError {
        EventLogError(
            .revocationsFull, "There are as many revocations as \(settings.count), or as \(settings.bytes) bytes hold.")
    }

    /// No room for another session.
    static func sessionsFull(_ settings: SessionSettings) -> EventLogError {
        EventLogError(.sessionsFull, "The sessions that are kept take up \(settings.bytes) bytes, or nearly.")
    }

    /// A publisher with more than its share.
    ///
    /// - Parameter end: when the event that is in its way will not be any more.
    package static func shareFull(until end: WallTime, now: WallTime) -> EventLogError {
        let wait = max(0, end.milliseconds - now.milliseconds)
        return EventLogError(.shareFull, shareAdvice, retrySeconds: max(1, wait / 1000 + (wait % 1000 > 0 ? 1 : 0)))
    }

    fileprivate static let shareAdvice =
        "The publisher has more than its share of the event log, and would push out what others published within "
        + "log.retention.share_age. Beside others, one publisher may write half of log.retention.bytes (or .events) in "
        + "that time. Keep the event and send it again after the time in Retry-After. If this publisher has to write "
        + "more, have log.retention.bytes raised; with log.retention.share_age: 0s nobody is refused."

    /// The key was used, and nobody knows any more for what.
    package static let keyOutlived = EventLogError(
        .keyReused,
        "This Idempotency-Key was used, and the event it was used for has left the log since, so that nobody can tell "
            + "whether this request is the same. If it is, its events were stored and delivered. Use a new key for another."
    )

    /// The same key for another request.
    package static let keyReused = EventLogError(
        .keyReused,
        "This Idempotency-Key was used for a request with another body. Use a new key for each request, and the same key only to repeat one."
    )
}
