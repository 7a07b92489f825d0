// Which changes of a state become lines in the operator's log: each one, unless they come so fast that nobody could
// read them. A value; who holds it passes the time in.

/// Keeps the lines about one state few.
struct ChangeReporter<State: Equatable & Sendable>: Sendable {
    /// So many lines in a ``window`` at most.
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
        /// How many changes were passed over since the last line: the state went back and forth.
        let passedOver: Int
    }

    /// Takes the state as it is now. To be called at each change, and from time to time, so that the last of many
    /// changes is told in the end.
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
