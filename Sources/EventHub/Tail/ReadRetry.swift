// When to try failed reads again. One stream tries for all, so that not each asks a log that is away; each in its turn,
// since a read may fail for what it asks alone. A value; the shard acts on it.

internal import DequeModule
internal import NIOCore

/// The streams of a shard whose reads failed.
struct ReadRetry: Sendable {
    private(set) var waiting: Deque<StreamID> = []
    private var delay = Self.shortest
    private var isTimed = false
    private var trying: StreamID?

    static let shortest = TimeAmount.milliseconds(100)
    static let longest = TimeAmount.seconds(5)

    /// Notes that a stream's read has failed.
    ///
    /// - Returns: after what time to call ``takeDue()``; nil when somebody does so already.
    mutating func failed(_ id: StreamID) -> TimeAmount? {
        waiting.append(id)
        if trying == id { trying = nil }
        guard !isTimed else { return nil }
        isTimed = true
        defer { delay = min(delay + delay, Self.longest) }
        return delay
    }

    /// Notes that a stream does not wait any more for the read that failed.
    ///
    /// - Returns: as of ``failed(_:)``, when it was the one to try.
    mutating func left(_ id: StreamID) -> TimeAmount? {
        guard trying == id else { return nil }
        trying = nil
        guard !isTimed else { return nil }
        isTimed = true
        return delay
    }

    /// Takes a stream when the time has come.
    ///
    /// - Returns: the stream that has to try; nil when none waits any more.
    mutating func takeDue() -> StreamID? {
        isTimed = false
        trying = waiting.popFirst()
        return trying
    }

    /// Whether this stream was sent to try: another's read that succeeds may have been answered from memory, and says
    /// nothing of those that wait.
    func isTrying(_ id: StreamID) -> Bool { trying == id }

    /// Notes that the log can be read again.
    ///
    /// - Returns: the streams that waited, to read on now.
    mutating func succeeded() -> [StreamID] {
        delay = Self.shortest
        trying = nil
        defer { waiting = [] }
        return Array(waiting)
    }
}
