// When reads that failed are tried again: one asks for all, so that a log that is away is not asked by every stream. A
// value; the shard acts on it.

internal import NIOCore

/// The streams of a shard whose reads failed.
struct ReadRetry: Sendable {
    private(set) var waiting: [StreamID] = []
    private var delay = Self.shortest
    private var isTimed = false

    static let shortest = TimeAmount.milliseconds(100)
    static let longest = TimeAmount.seconds(5)

    /// A stream's read has failed.
    ///
    /// - Returns: after what time ``takeDue()`` has to be asked; nothing when somebody does so already.
    mutating func failed(_ id: StreamID) -> TimeAmount? {
        waiting.append(id)
        guard !isTimed else { return nil }
        isTimed = true
        defer { delay = min(delay + delay, Self.longest) }
        return delay
    }

    /// The time has come.
    ///
    /// - Returns: a stream that is to try; nothing when none waits any more.
    mutating func takeDue() -> StreamID? {
        isTimed = false
        return waiting.popLast()
    }

    /// The log can be read again.
    ///
    /// - Returns: those that waited, to read on now.
    mutating func succeeded() -> [StreamID] {
        delay = Self.shortest
        defer { waiting = [] }
        return waiting
    }
}
