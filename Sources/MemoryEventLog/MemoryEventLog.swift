// The default engine: events live in this process and are gone with it, which the next process's epoch tells.

package import EventLog
internal import Synchronization

/// An event log in memory, bounded in bytes, events and age.
package final class MemoryEventLog: EventLog {
    package let epoch: Epoch
    private let clock: @Sendable () -> WallTime
    private let state: Mutex<State>

    private struct State {
        var events: RetainedEvents
        var records: PublishRecords
        var tail: Tail = { _ in }
    }

    /// - Parameters:
    ///   - epoch: a fresh one: nothing of an earlier log is here.
    ///   - settings: how much is kept.
    ///   - clock: the time, for what ends by itself.
    package init(epoch: Epoch, settings: LogSettings, clock: @escaping @Sendable () -> WallTime) {
        self.epoch = epoch
        self.clock = clock
        state = Mutex(
            State(
                events: RetainedEvents(settings),
                records: PublishRecords(
                    seconds: settings.keySeconds, keys: settings.keys, bytes: settings.keyBytes)))
    }

    package func close() async {}

    package func end(of epoch: Epoch) -> Position? { nil }

    package var head: Position { state.withLock { $0.events.head } }

    package var extent: LogExtent { state.withLock { $0.events.extent } }

    package func follow(_ tail: @escaping Tail) {
        state.withLock { $0.tail = tail }
    }

    package func append(
        _ batch: EventBatch, completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void
    ) {
        let now = clock()
        completion(
            state.withLock { state in
                Result { () throws(EventLogError) in try append(batch, to: &state, now: now) }
            })
    }

    private func append(_ batch: EventBatch, to state: inout State, now: WallTime) throws(EventLogError) -> Appended {
        if let key = batch.key, let earlier = try state.records.answer(to: key, now: now) { return earlier }
        let first = state.events.head + 1
        let logged = batch.events.enumerated().map { offset, event in
            LoggedEvent(event, epoch: epoch, sequence: first + Position(offset), now: now)
        }
        for event in logged { state.events.append(event, at: now) }
        let appended = Appended(first: first, streamCounts: batch.streamCounts)
        if let key = batch.key { state.records.insert(appended, for: key, now: now) }
        // Under the lock, so that two publishers' batches reach the shards in the order of their sequences.
        state.tail(logged)
        return appended
    }

    package func read(
        after position: Position, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void
    ) {
        let now = clock()
        completion(
            .success(
                state.withLock { state in
                    state.events.dropAged(now)
                    return state.events.read(after: position, for: interest, byteLimit: byteLimit, now: now)
                }))
    }
}
