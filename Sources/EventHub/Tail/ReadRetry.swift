// When reads that failed are tried again: one asks for all, so that a log that is away is not asked by every stream. A
// value; the shard acts on it.

internal import NIOCore

/// The streams of a shard whose reads failed.
struct ReadRetry: Sendable {
    private(set) var waiting: [StreamID] = []
    private var delay = Self.shortest
    private var isTimed = false
    private var trying: StreamID?

    static let shortest = TimeAmount.milliseconds(100)
    static let longest = TimeAmount.seconds(5)

    /// A stream's read has failed.
    ///
    /// - Returns: after what time ``takeDue()`` has to be asked; nothing when somebody does so already.
    mutating func failed(_ id: StreamID) -> TimeAmount? {
        waiting.append(id)
        if trying == id { trying = nil }
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
        trying = waiting.popLast()
        return trying
    }

    /// Whether this stream was sent to try: another's read that succeeds may have been answered from memory, and says
    /// nothing of those that wait.
    func isTrying(_ id: StreamID) -> Bool { trying == id }

    /// The log can be read again.
    ///
    /// - Returns: those that waited, to read on now.
    mutating func succeeded() -> [StreamID] {
        delay = Self.shortest
        trying = nil
        defer { waiting = [] }
        return waiting
    }
}
