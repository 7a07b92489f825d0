internal import NIOCore

/// Connections that wait to be opened at a rate, each with its streams. A value: the shard connects them.
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

    /// When more are due; `nil` when none are left. At the earliest in 5 ms, because a timer for each stream would cost
    /// too much.
    func next(after now: NIODeadline) -> NIODeadline? {
        count < connections.count ? max(schedule.time(of: count), now + .milliseconds(5)) : nil
    }
}

/// The latencies of a fleet's deliveries: from the time that an event was to be sent to the time that it was read.
package struct FleetLatencies: Sendable {
    /// Ordinary streams, while events are published to them.
    package private(set) var ordinary = LatencyHistogram()
    /// Steady streams, before the others disconnect.
    package private(set) var steadyQuiet = LatencyHistogram()
    /// Steady streams, while the others reconnect.
    package private(set) var steadyStorm = LatencyHistogram()

    init() {}

    /// Counts a latency in nanoseconds, if its kind is being measured.
    mutating func record(_ latency: UInt64, on kind: StreamKind, in phase: FleetShard.Phase) {
        switch (kind, phase) {
        case (.ordinary, .load): ordinary.record(latency)
        case (.steady, .load): steadyQuiet.record(latency)
        case (.steady, .storm): steadyStorm.record(latency)
        default: break
        }
    }

    mutating func merge(_ other: FleetLatencies) {
        ordinary.merge(other.ordinary)
        steadyQuiet.merge(other.steadyQuiet)
        steadyStorm.merge(other.steadyStorm)
    }
}
