// Which handshake goes on now, when thousands come at once. A value that knows nothing of TLS: its owner says when a
// turn of the event loop is over.

internal import NIOCore

/// Limits the handshake steps in a turn of an event loop, in the order in which they came. A storm of new connections
/// must not hold up the open ones.
struct HandshakeTurns {
    private let limit: Int
    private var taken = 0
    private var waiting = CircularBuffer<Step>()
    /// Whether the end of this turn has been asked for.
    private var isEndDue = false

    /// Takes a step. Returns whether there was one to take: its connection may have ended.
    typealias Step = () -> Bool

    /// - Parameter limit: how many steps a turn takes.
    init(limit: Int) {
        self.limit = limit
    }

    /// What becomes of a step.
    enum Entry: Equatable {
        /// The caller takes it now.
        case now
        /// It waits for a later turn.
        case wait
    }

    /// Takes a step, or keeps it.
    mutating func enter(_ step: @escaping Step) -> Entry {
        guard taken < limit, waiting.isEmpty else {
            waiting.append(step)
            return .wait
        }
        taken += 1
        return .now
    }

    /// Whether the caller has to see to it that ``endTurn()`` is called behind this turn; true once per turn.
    mutating func needsEnd() -> Bool {
        defer { isEndDue = true }
        return !isEndDue && limit < .max
    }

    /// A new turn begins: ``next()`` follows until it gives nothing.
    mutating func endTurn() {
        isEndDue = false
        taken = 0
    }

    /// The next step of those that wait, if this turn has room for it. ``took()`` follows when there was one to take.
    mutating func next() -> Step? {
        taken < limit ? waiting.popFirst() : nil
    }

    /// Counts a step that waited.
    mutating func took() { taken += 1 }
}
