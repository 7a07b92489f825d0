// Orders to end streams, and to let them go on: notes in the events stream, of which nothing is kept but their place
// among the events.

internal import EventLog
internal import NIOCore
internal import Synchronization

extension LogFollower {
    /// Has all nodes end streams, at one place in the order of events.
    func disconnect(
        _ order: Disconnection, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        publish(note: DisconnectNote.payload(of: order), completion: completion)
    }

    /// Has all nodes let a session's streams go on, at one place in the order of events.
    func renew(_ renewal: SessionRenewal, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        publish(note: RenewalNote.payload(of: renewal), completion: completion)
    }

    private func publish(
        note: ByteBuffer, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        guard !isLate else { return completion(.failure(.orderIsCutOff)) }
        Task {
            let answer = await publish(note, to: subjects.note)
            completion(answer.map { _ in }.mapError(\.eventLogError))
        }
    }

    /// Streams have to end, or go on. Whoever begins to follow the log has none that are older.
    func tell(_ order: TailElement) {
        let tail = state.withLock { state in
            state.tail.take(order)
            return state.tail
        }
        tail.wake()
    }
}
