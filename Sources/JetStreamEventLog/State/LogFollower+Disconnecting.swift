// Orders to end streams: notes in the events stream, of which nothing is kept but their place among the events.

internal import EventLog
internal import Synchronization

extension LogFollower {
    /// Has all nodes end streams, at one place in the order of events.
    func disconnect(
        _ order: Disconnection, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        guard !isLate else { return completion(.failure(.orderIsCutOff)) }
        Task {
            let answer = await publish(DisconnectNote.payload(of: order), to: subjects.note)
            completion(answer.map { _ in }.mapError(\.eventLogError))
        }
    }

    /// Streams have to end. Whoever begins to follow the log has none that are older.
    func tell(_ order: Disconnection) {
        let tail = state.withLock { state in
            state.tail.take(.disconnected(order))
            return state.tail
        }
        tail.wake()
    }
}
