internal import NIOCore

/// Connections that wait to be opened, at a rate: the streams of each. A value; the shard connects them.
struct FleetOpenings: Sendable {
    private let connections: [[Int]]
    private let schedule: OpenLoopSchedule
    private var count = 0

    init(connections: [[Int]], schedule: OpenLoopSchedule) {
        self.connections = connections
        self.schedule = schedule
    }

    /// Takes the connections that are due.
    mutating func due(at now: NIODeadline) -> ArraySlice<[Int]> {
        let end = min(connections.count, schedule.dueCount(at: now))
        defer { count = max(count, end) }
        return connections[count..<max(count, end)]
    }

    /// When more are due; `nil` when none are left. Not sooner than in 5 ms: a timer per stream would be work.
    func next(after now: NIODeadline) -> NIODeadline? {
        count < connections.count ? max(schedule.time(of: count), now + .milliseconds(5)) : nil
    }
}
