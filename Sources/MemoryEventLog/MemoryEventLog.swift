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
        var revocations: RevocationList
        var sessions: KeptSessions
        var tail = Tail { _ in }
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
                    seconds: settings.keySeconds, keys: settings.keys, bytes: settings.keyBytes),
                revocations: RevocationList(settings.revocations), sessions: KeptSessions(settings.sessions)))
    }

    package func close() async {}

    package func end(of epoch: Epoch) -> Position? { nil }

    package var head: Position { state.withLock { $0.events.head } }

    package var extent: LogExtent { state.withLock { $0.events.extent } }

    package var oldestAt: WallTime? { state.withLock { $0.events.oldestAt } }

    package var publishKeys: PublishKeyTally { state.withLock { $0.records.tally } }

    package func follow(_ tail: Tail) {
        state.withLock { state in
            state.tail = tail
            tail.take(.epochBegan(LoggedEventID(epoch: epoch, sequence: state.events.head)))
            if state.revocations.count > 0 { tail.take(.revoked(state.revocations.all)) }
            if state.sessions.count > 0 { tail.take(.sessions(SessionChange(kept: state.sessions.all))) }
        }
        tail.wake()
    }

    package func append(
        _ batch: EventBatch, completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void
    ) {
        let now = clock()
        // Outside of the lock, which is for the order alone.
        var events = batch.events.indices.map {
            LoggedEvent(unplaced: batch.events[$0], in: epoch, now: now, acceptedAt: batch.acceptedAt)
        }
        let (result, tail) = state.withLock { state in
            let result = Result { () throws(EventLogError) in
                try append(&events, of: batch, to: &state, now: now)
            }
            return (result, state.tail)
        }
        tail.wake()
        completion(result)
    }

    private func append(
        _ events: inout [LoggedEvent], of batch: EventBatch, to state: inout State, now: WallTime
    ) throws(EventLogError) -> Appended {
        if let key = batch.key, let earlier = try state.records.answer(to: key, in: epoch, now: now) { return earlier }
        let weight = events.reduce(into: LogWeight(events: events.count)) { $0.bytes += $1.cost }
        try state.events.admit(weight, by: batch.publisher, at: now)
        let publisher = events.isEmpty ? .nobody : state.events.publisher(named: batch.publisher)
        let first = state.events.head + 1
        for index in events.indices {
            events[index].place(at: LoggedEventID(epoch: epoch, sequence: first + Position(index)))
            state.events.append(events[index], by: publisher, at: now)
        }
        if let key = batch.key { state.records.insert(first, batch.streamCounts, for: key, now: now) }
        // Under the lock, so that two publishers' batches reach the shards in the order of their sequences.
        state.tail.take(.events(events))
        return Appended(epoch: epoch, first: first, streamCounts: batch.streamCounts)
    }

    package func read(
        after place: LoggedEventID, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void
    ) {
        guard place.epoch == epoch else { return completion(.failure(.epochEnded)) }
        let now = clock()
        completion(
            .success(
                state.withLock { state in
                    state.events.dropAged(now)
                    return state.events.read(after: place.sequence, for: interest, byteLimit: byteLimit, now: now)
                }))
    }

    /// Waits for its turn among those who append.
    package func probe(completion: @escaping @Sendable (EventLogError?) -> Void) {
        _ = state.withLock { $0.events.head }
        completion(nil)
    }

    package func revoke(
        _ revocation: Revocation, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        let now = clock()
        let (result, tail) = state.withLock { state in
            let result = Result { () throws(EventLogError) in
                try state.revocations.insert(revocation, now: now)
                state.tail.take(.revoked([revocation]))
            }
            return (result, state.tail)
        }
        tail.wake()
        completion(result)
    }

    package func record(
        _ order: SessionOrder, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        let now = clock()
        let (result, tail) = state.withLock { state in
            let result = Result { () throws(EventLogError) in
                let change = try state.sessions.change(for: order, now: now)
                state.sessions.apply(change)
                if !change.isNothing { state.tail.take(.sessions(change)) }
            }
            return (result, state.tail)
        }
        tail.wake()
        completion(result)
    }
}
