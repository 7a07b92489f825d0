// How much an event log keeps. Defaults and effects for operators stand with the configuration keys.

/// The bounds of what a log keeps: whichever is reached first lets the oldest go. The newest event always stays.
package struct LogSettings: Sendable, Equatable {
    /// How many bytes the events may take up, each at its ``LoggedEvent/cost``.
    package var bytes: Int
    /// How many events.
    package var events: Int
    /// For how long, in seconds.
    package var seconds: Int64
    /// For how long a publisher that has more than its share pushes out no event of one that has less, in seconds: see
    /// ``LogShares``. 0 is not at all.
    package var shareSeconds: Int64
    /// For how long a publish key is known, in seconds.
    package var keySeconds: Int64
    /// How many publish keys are known; one more and one is forgotten (``PublishKeyShares``).
    package var keys: Int
    /// How many bytes they may take up.
    package var keyBytes: Int
    /// How many revocations there may be, and for how long each is kept. One more is refused: none is forgotten early.
    package var revocations: RevocationSettings
    /// How many sessions are kept for browsers.
    package var sessions: SessionSettings

    package init(
        bytes: Int, events: Int = 1_000_000, seconds: Int64 = 7 * 24 * 3600, shareSeconds: Int64 = 60,
        keySeconds: Int64 = 24 * 3600, keys: Int = 100_000, keyBytes: Int = 64 << 20,
        revocations: RevocationSettings = RevocationSettings(), sessions: SessionSettings = SessionSettings()
    ) {
        self.bytes = bytes
        self.events = events
        self.seconds = seconds
        self.shareSeconds = shareSeconds
        self.keySeconds = keySeconds
        self.keys = keys
        self.keyBytes = keyBytes
        self.revocations = revocations
        self.sessions = sessions
    }
}
