// What one stream does next, as a value: no frames, no socket, no clock. `HubStream` acts on its decisions.

internal import EventLog

/// A stream is a position in the log plus a small buffer.
///
/// It is *live* (gets the tail of the log as it comes), or *reading* (gets what it missed from the log, in steps), or
/// it has *ended*. Each event of the log reaches it once: by its sequence the machine knows what it has.
struct StreamStateMachine: ~Copyable {
    private enum State {
        case live
        /// `isWaiting`: a step has been asked for and has not come. `passed`: the newest event that was not taken from
        /// the tail: the stream is not live before it has read as far.
        case reading(isWaiting: Bool, passed: Position)
        case ended
    }

    private var state: State
    /// The newest event of the log that the stream has, even if it is held back, or that was not for it.
    private(set) var position: Position
    /// The same without the held back events: the stream goes on from here when it lets go of them.
    private(set) var written: Position
    /// How many bytes the stream holds back because the socket takes none.
    private(set) var heldBytes = 0
    private let bufferLimit: Int

    /// - Parameters:
    ///   - position: the newest event that the stream has; the log's head for a stream that asks for nothing older.
    ///   - isBehind: whether events behind `position` are in the log already.
    ///   - bufferLimit: how many bytes may be held back.
    ///   - head: the newest event that the tail has told of. Who reads may not have heard of it yet.
    init(position: Position, isBehind: Bool, bufferLimit: Int, head: Position = 0) {
        self.position = position
        written = position
        self.bufferLimit = bufferLimit
        state = isBehind ? .reading(isWaiting: false, passed: max(head, position)) : .live
    }

    /// What to do with an event from the log's tail.
    enum Offer: Equatable {
        /// Write it.
        case write
        /// Put it behind what is held back.
        case hold
        /// Nothing: the stream has it, or will read it from the log.
        case skip
        /// Nothing: there is no room to hold it. The stream has just become a reader of the log.
        case overflow
    }

    /// Decides about an event for this stream from the log's tail.
    ///
    /// - Parameter byteCount: how many bytes it takes up when it is held back. It is not asked when the event is
    ///   written.
    mutating func offered(
        _ sequence: Position, byteCount: @autoclosure () -> Int, isWritable: Bool
    ) -> Offer {
        if case .reading(let isWaiting, let passed) = state {
            // Mail from before the stream was opened does not count against what it has to read.
            state = .reading(isWaiting: isWaiting, passed: max(passed, sequence))
        }
        guard case .live = state, sequence > position else { return .skip }
        if isWritable, heldBytes == 0 {
            position = sequence
            return .write
        }
        // One event is always held, however large. Else a busy stream could never get it.
        let byteCount = byteCount()
        guard heldBytes == 0 || heldBytes + byteCount <= bufferLimit else {
            // A live stream was offered all that was for it: nothing between its newest event and this one is.
            position = sequence - 1
            state = .reading(isWaiting: false, passed: sequence)
            return .overflow
        }
        if heldBytes == 0 { written = sequence - 1 }
        position = sequence
        heldBytes += byteCount
        return .hold
    }

    /// What to do when there is room.
    enum Room: Equatable {
        /// Write what is held back, as far as there is room, with ``StreamStateMachine/wroteHeld(_:byteCount:)`` for
        /// each.
        case writeHeld
        /// Ask the log for what comes behind this position.
        case read(after: Position)
        case nothing
    }

    /// Decides what to write: at the stream's start, after a write, and when the socket is writable again.
    mutating func hasRoom() -> Room {
        if heldBytes > 0 { return .writeHeld }
        guard case .reading(isWaiting: false, let passed) = state else { return .nothing }
        state = .reading(isWaiting: true, passed: passed)
        return .read(after: position)
    }

    /// Notes that a held back event was written.
    mutating func wroteHeld(_ sequence: Position, byteCount: Int) {
        written = sequence
        heldBytes -= byteCount
    }

    /// Lets go of the held back events, to read them from the log when there is room. The stream keeps its place.
    mutating func shed() {
        guard heldBytes > 0 else { return }
        heldBytes = 0
        switch state {
        case .live: state = .reading(isWaiting: false, passed: position)
        case .reading(let isWaiting, let passed):
            state = .reading(isWaiting: isWaiting, passed: max(passed, position))
        case .ended: return
        }
        position = written
    }

    /// Whether a step behind `position` is what it waits for. Another one was asked for before the stream was sent
    /// elsewhere.
    func isWaiting(after position: Position) -> Bool {
        guard case .reading(isWaiting: true, _) = state else { return false }
        return self.position == position
    }

    /// Whether it waits for a step: the log has to act, not the socket.
    var isWaiting: Bool {
        if case .reading(isWaiting: true, _) = state { true } else { false }
    }

    /// The newest event that the tail has told of and that the stream has to read from the log.
    var passed: Position {
        if case .reading(_, let passed) = state { passed } else { position }
    }

    /// Takes a step from the log. Returns whether to write its events: false when the stream has ended meanwhile.
    mutating func stepArrived(position: Position, reachedHead: Bool) -> Bool {
        guard case .reading(_, let passed) = state else { return false }
        self.position = position
        // The head may have moved on since the step was read, and its events have passed this stream by.
        let isLive = reachedHead && position >= passed
        state = isLive ? .live : .reading(isWaiting: false, passed: passed)
        return true
    }

    /// Events up to the log's `head` were not kept for this stream: it reads them from the log, behind what it holds
    /// back.
    ///
    /// - Parameters:
    ///   - lastOffered: up to here a live stream was offered all that is for it. Without it a stream that had no event
    ///     for a long time would read from where the log holds nothing any more, and be told of a gap that is none.
    ///   - head: the log's.
    mutating func fellBehind(after lastOffered: Position, head: Position) {
        switch state {
        case .live:
            position = max(position, lastOffered)
            state = .reading(isWaiting: false, passed: head)
        case .reading(let isWaiting, let passed): state = .reading(isWaiting: isWaiting, passed: max(passed, head))
        case .ended: break
        }
    }

    /// Goes on from another place. Nothing counts any more that the stream held, asked for or was passed by.
    mutating func restart(at position: Position, isBehind: Bool, head: Position) {
        guard !hasEnded else { return }
        self = StreamStateMachine(position: position, isBehind: isBehind, bufferLimit: bufferLimit, head: head)
    }

    /// Notes that a step could not be read and has to be asked for again.
    mutating func stepFailed() {
        if case .reading(_, let passed) = state { state = .reading(isWaiting: false, passed: passed) }
    }

    /// Ends the stream. Returns true the first time.
    mutating func end() -> Bool {
        guard !hasEnded else { return false }
        state = .ended
        heldBytes = 0
        return true
    }

    /// Whether the stream gets the log's tail as it comes.
    var isLive: Bool {
        if case .live = state { true } else { false }
    }

    /// Whether ``end()`` has been called.
    var hasEnded: Bool {
        if case .ended = state { true } else { false }
    }
}
