// An event log as simple as can be: every event in an array, every answer by looking at all of them.

package import EventLog

/// What a log must say, by the rules without an index. For one caller, in small.
package struct ModelLog {
    package private(set) var floor: Position = 0
    package private(set) var all: [LoggedEvent] = []
    private var appendedAt: [WallTime] = []
    private let settings: LogSettings

    package init(_ settings: LogSettings) { self.settings = settings }

    package var head: Position { Position(all.count) }

    package var extent: LogExtent {
        let byteCount = all[Int(floor)...].reduce(0) { $0 + $1.cost }
        return LogExtent(floor: floor, head: head, byteCount: byteCount)
    }

    /// Appends what a log of the same epoch was given.
    package mutating func append(_ events: [NewEvent], epoch: Epoch, now: WallTime) {
        for event in events {
            append(LoggedEvent(event, epoch: epoch, sequence: head + 1, now: now), now: now)
        }
    }

    package mutating func append(_ event: LoggedEvent, now: WallTime) {
        all.append(event)
        appendedAt.append(now)
        settle(now)
    }

    /// Lets go of what is held too long.
    package mutating func settle(_ now: WallTime) {
        while head - floor > 1, isOver(now) { floor += 1 }
    }

    private func isOver(_ now: WallTime) -> Bool {
        extent.byteCount > settings.bytes || Int(head - floor) > settings.events
            || appendedAt[Int(floor)].adding(seconds: settings.seconds) <= now
    }

    package func read(after position: Position, for interest: Interest, byteLimit: Int, now: WallTime) -> ReplayStep {
        let start = min(max(position, floor), head)
        var step = ReplayStep(start: start, position: head, reachedHead: true)
        var bytes = 0
        for event in all[Int(start)...] where interest.includes(event.audience) {
            if let expiry = event.expiresAt, expiry <= now { continue }
            step.events.append(event)
            bytes += event.frame.byteCount
            guard bytes >= byteLimit else { continue }
            step.position = event.sequence
            step.reachedHead = false
            break
        }
        return step
    }
}

/// Throws where a log says something else than the model.
package func expect(_ found: ReplayStep, is expected: ReplayStep, _ what: String) throws {
    try expect(found.start, is: expected.start, "\(what): start")
    try expect(found.events.map(\.sequence), is: expected.events.map(\.sequence), "\(what): events")
    try expect(found.position, is: expected.position, "\(what): position")
    try expect(found.reachedHead, is: expected.reachedHead, "\(what): reachedHead")
    for (found, expected) in zip(found.events, expected.events) {
        try expect(found.frame.chunk, is: expected.frame.chunk, "\(what): frame of \(expected.sequence)")
        try expect(found.audience, is: expected.audience, "\(what): audience of \(expected.sequence)")
        try expect(found.expiresAt, is: expected.expiresAt, "\(what): expiry of \(expected.sequence)")
    }
}
