// When a node last had all of the state. A value. What is taken back stands in the stream for a while only: whoever has
// not followed it for long has to read all of it again.

/// A node's contact with the state stream.
struct StateContact: Sendable {
    /// A node that was without contact for so long reads all of the stream again.
    static let memory = Duration.seconds(300)

    /// By a clock that goes on while the machine is suspended.
    private var heardAt: ContinuousClock.Instant

    init(_ now: ContinuousClock.Instant) { heardAt = now }

    /// A message has come.
    mutating func heard(_ now: ContinuousClock.Instant) { heardAt = now }

    /// The leader has answered, or has not.
    ///
    /// - Parameter isCurrent: whether the tail has all that it told of. An answer alone is no contact: it may come
    ///   before the consumer is made, behind a long absence.
    mutating func looked(isCurrent: Bool, _ now: ContinuousClock.Instant) {
        if isCurrent { heardAt = now }
    }

    func isTooOld(_ now: ContinuousClock.Instant) -> Bool { now - heardAt > Self.memory }
}
