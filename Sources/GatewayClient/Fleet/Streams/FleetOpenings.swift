internal import NIOCore

/// Streams that wait to be connected, at a rate. A value; the shard connects them.
struct FleetOpenings: Sendable {
    private let streams: [Int]
    private let schedule: OpenLoopSchedule
    private var count = 0

    init(streams: [Int], schedule: OpenLoopSchedule) {
        self.streams = streams
        self.schedule = schedule
    }

    /// Takes the streams that are due.
    mutating func due(at now: NIODeadline) -> ArraySlice<Int> {
        let end = min(streams.count, schedule.dueCount(at: now))
        defer { count = max(count, end) }
        return streams[count..<max(count, end)]
    }

    /// When more are due; `nil` when none are left. Not sooner than in 5 ms: a timer per stream would be work.
    func next(after now: NIODeadline) -> NIODeadline? {
        count < streams.count ? max(schedule.time(of: count), now + .milliseconds(5)) : nil
    }
}
