// What a node does when a stream's settings change while it runs: it tells its operator, and the gateway, which takes
// no event any more that would be less safe than it promises.

internal import Synchronization

extension LogFollower {
    /// Holds a stream to what it has to be.
    ///
    /// - Parameter wanted: what the log was opened with.
    func compare(_ found: StreamConfig, with wanted: StreamConfig) {
        let differences = wanted.differences(from: found)
        let all: [StreamDifference]? = changes.withLock { changes in
            guard changes[wanted.name, default: []] != differences else { return nil }
            changes[wanted.name] = differences
            return changes.sorted { $0.key < $1.key }.flatMap(\.value)
        }
        if let all { hands.report(.changed(all)) }
    }
}
