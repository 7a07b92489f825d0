// Which changes of a state become lines in the operator's log: each one, unless they come faster than anybody could
// read. A value: the time is passed in.

/// Keeps the lines about one state few.
struct ChangeReporter<State: Equatable & Sendable>: Sendable {
    /// The most lines in a ``window``.
    static var lineLimit: Int { 6 }
    static var window: Duration { .seconds(60) }

    private var told: State
    private var current: State
    private var untold = 0
    private var lines: [ContinuousClock.Instant] = []

    init(_ state: State) {
        told = state
        current = state
    }

    /// What to say.
    struct Line: Equatable {
        let state: State
        /// How many changes since the last line were not told, because the state went back and forth.
        let passedOver: Int
    }

    /// Takes the present state. Call it at each change, and from time to time, so that the last of many changes is told
    /// in the end.
    mutating func line(for state: State, at now: ContinuousClock.Instant) -> Line? {
        if state != current {
            current = state
            untold += 1
        }
        guard current != told else { return nil }
        lines.removeAll { $0 + Self.window <= now }
        guard lines.count < Self.lineLimit else { return nil }
        lines.append(now)
        told = current
        defer { untold = 0 }
        return Line(state: state, passedOver: untold - 1)
    }
}
