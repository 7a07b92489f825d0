// How fast a shard that goes down ends its streams. A value; the time is passed in.

internal import NIOCore

/// Ends streams evenly over a window. None is left at its end.
///
/// Each shard ends its own. If all began with the first moment, as many streams as there are shards would end at once,
/// and with one on each that is all of them. So a shard begins by as much later as the streams of those before it take.
struct DrainSchedule: Sendable {
    private let count: Int
    /// By which part of a stream's time the first one ends later.
    private let offset: Double
    private let start: NIODeadline
    private let window: TimeAmount

    /// - Parameters:
    ///   - count: how many streams there are at the start.
    ///   - offset: the part of all shards' streams that those before it have, from 0 to 1. Where all have equally many,
    ///     the streams of all end at equal distances.
    ///   - window: over how long; zero ends all at once.
    init(count: Int, offset: Double = 0, start: NIODeadline, window: TimeAmount) {
        self.count = count
        self.offset = offset
        self.start = start
        self.window = window
    }

    /// How many streams may still be open.
    func remaining(at now: NIODeadline) -> Int {
        let passed = (now - start).nanoseconds
        guard passed < window.nanoseconds else { return 0 }
        return min(count, Int(Double(count) * (1 - Double(passed) / Double(window.nanoseconds)) + offset))
    }
}
