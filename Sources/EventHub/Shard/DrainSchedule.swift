// How fast a shard that goes down ends its streams. A value; the time is passed in.

internal import NIOCore

/// Ends streams evenly over a window. None is left at its end.
struct DrainSchedule: Sendable {
    private let count: Int
    private let start: NIODeadline
    private let window: TimeAmount

    /// - Parameters:
    ///   - count: how many streams there are at the start.
    ///   - window: over how long; zero ends all at once.
    init(count: Int, start: NIODeadline, window: TimeAmount) {
        self.count = count
        self.start = start
        self.window = window
    }

    /// How many streams may still be open.
    func remaining(at now: NIODeadline) -> Int {
        let passed = (now - start).nanoseconds
        guard passed < window.nanoseconds else { return 0 }
        return Int(Double(count) * (1 - Double(passed) / Double(window.nanoseconds)))
    }
}
