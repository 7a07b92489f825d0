// What a log tells the hub as it happens: a sequence, in one order, that a remote engine can keep, too.

/// One thing that happened to a log, in its order.
package enum TailElement: Sendable {
    /// Events that are in the log now, whoever appended them; in log order, each once.
    case events([LoggedEvent])
    /// The log was made anew, or lost its end. Its events from here on come behind this place; what was before is
    /// known to the log only as far as ``EventLog/end(of:)`` says.
    case epochBegan(LoggedEventID)
    /// Events up to this place went before the engine could tell of them. Whoever has not read so far has a gap, which
    /// a read tells.
    case overtaken(Position)
    /// The engine has lost what it keeps its events in: from here on events may be late. Not told again before it has
    /// resumed.
    case interrupted(since: WallTime)
    /// The engine has it again, and all events that were late have been told.
    case resumed
    /// Tokens that are revoked from here on, whoever asked for it; some may have been told before. A log that is made
    /// anew takes none of them back. A shared log may ask how many streams they end.
    case revoked([Revocation], asked: EndQuestion? = nil)
    /// What became of the sessions that the log keeps, whoever asked for it. A log that is made anew may keep them.
    case sessions(SessionChange)
    /// Streams that have to end here, behind the events before it; only a shared log tells of it.
    case disconnected(Disconnection)
    /// A session goes on with a new token, in order with what ends streams; only a shared log tells of it.
    case renewed(SessionRenewal)
}

/// Who follows a log. An engine calls both on any thread, never two ``take`` at once.
package struct Tail: Sendable {
    /// Takes what happened, quickly: an engine may hold its lock. It must not call back into the log.
    package let take: @Sendable (TailElement) -> Void
    /// Wakes whoever has something to do now. Called behind `take`, outside of the engine's lock; once for several is
    /// enough.
    package let wake: @Sendable () -> Void

    package init(take: @escaping @Sendable (TailElement) -> Void, wake: @escaping @Sendable () -> Void = {}) {
        self.take = take
        self.wake = wake
    }
}
