// The default engine: events live in this process and are gone with it, which the next process's epoch tells.

internal import Synchronization

/// An event log in memory, bounded in bytes.
package final class MemoryEventLog: EventLog {
    package let epoch: Epoch
    private let clock: @Sendable () -> WallTime
    private let state: Mutex<State>

    private struct State {
        var events: RetainedEvents
        var tail: Tail = { _ in }
    }

    /// - Parameters:
    ///   - epoch: a fresh one: nothing of an earlier log is here.
    ///   - retainedBytes: how much the events may take up, headers of our own included; the oldest go first.
    ///   - clock: the time, for events that expire.
    package init(epoch: Epoch, retainedBytes: Int, clock: @escaping @Sendable () -> WallTime) {
        self.epoch = epoch
        self.clock = clock
        state = Mutex(State(events: RetainedEvents(byteLimit: retainedBytes)))
    }

    package var head: Position { state.withLock { $0.events.head } }

    package func follow(_ tail: @escaping Tail) {
        state.withLock { $0.tail = tail }
    }

    package func append(
        _ events: [NewEvent], completion: @escaping @Sendable (Result<Position, EventLogError>) -> Void
    ) {
        let now = clock()
        let first = state.withLock { state in
            let first = state.events.head + 1
            let logged = events.enumerated().map { offset, event in
                log(event, sequence: first + Position(offset), now: now)
            }
            logged.forEach { state.events.append($0) }
            // Under the lock, so that two publishers' batches reach the shards in the order of their sequences.
            state.tail(logged)
            return first
        }
        completion(.success(first))
    }

    package func read(
        after position: Position, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void
    ) {
        let now = clock()
        completion(
            .success(
                state.withLock { state in
                    state.events.read(after: position, for: interest, byteLimit: byteLimit, now: now)
                }))
    }

    private func log(_ event: NewEvent, sequence: Position, now: WallTime) -> LoggedEvent {
        LoggedEvent(
            sequence: sequence, audience: event.audience,
            frame: EventFrame(event, id: LoggedEventID(epoch: epoch, sequence: sequence)),
            expiresAt: event.timeToLive.map { now.adding(seconds: $0) })
    }
}
