// How a read is answered: from the window, which nearly all are, or from the stream, shared with whoever asks the same.

internal import EventLog
internal import NIOCore
internal import Synchronization

/// A stream that waits for a read.
struct WaitingRead: Sendable {
    let completion: @Sendable (Result<ReplayStep, EventLogError>) -> Void
}

extension LogFollower {
    func read(
        after place: LoggedEventID, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void
    ) {
        let now = hands.clock()
        let answer = state.withLock { state -> Result<ReplayStep, EventLogError>? in
            guard !state.isClosed else { return .failure(.closedLog) }
            guard place.epoch == state.epoch else { return .failure(.epochEnded) }
            let start = min(max(place.sequence, state.floor), state.window.head)
            guard start >= state.window.floor else { return nil }
            return .success(state.window.read(after: start, for: interest, byteLimit: byteLimit, now: now))
        }
        if let answer { return completion(answer) }
        let key = ReadKey(place: place, interest: interest, byteLimit: byteLimit)
        if let next = reads.withLock({ $0.add(WaitingRead(completion: completion), for: key) }) { begin(next) }
    }

    /// Reads the stream, and then for the next who wait.
    private func begin(_ key: ReadKey) {
        Task {
            var key = key
            while true {
                let answer = await step(key)
                let (waiting, next) = reads.withLock { $0.finish(key) }
                waiting.forEach { $0.completion(answer) }
                guard let next else { return }
                key = next
            }
        }
    }

    private func step(_ key: ReadKey) async -> Result<ReplayStep, EventLogError> {
        let (end, hasBatches) = state.withLock { ($0.window.floor, $0.hasBatches) }
        let reader = StreamReader(api: api, subjects: subjects, hands: hands, hasBatches: hasBatches) {
            requests, messages in
            self.readTally.withLock { tally in
                tally.requests += requests
                tally.messages += messages
            }
        }
        do throws(JetStreamError) {
            let step = try await reader.step(key, upTo: end)
            readTally.withLock { $0.steps += 1 }
            board.update { $0.readFailure = nil }
            return .success(step)
        } catch {
            let failure = error.eventLogError
            board.update { $0.readFailure = failure }
            return .failure(failure)
        }
    }

    /// Finds the newest event where none of the messages that were read at opening is one.
    func findHead(_ look: StreamLook) async throws(JetStreamError) {
        let account = try await api.call(.account)
        state.withLock { $0.hasBatches = account.apiLevel > 0 }
        let (count, place) = state.withLock { ($0.window.count, $0.window.floor) }
        guard count == 0, place > look.floor else { return }
        var newest: [Position?] = []
        for kind in ["u.>", "t.>", "m.>", "a"] {
            let last = MessagePlace.last(subject: "\(subjects.stream).e.\(kind)")
            let message = try await api.find(last, of: subjects.stream)
            newest.append(message?.sequence)
        }
        guard let head = Self.head(newest, above: look.floor, upTo: place) else { return }
        state.withLock { state in
            // An event may have come meanwhile.
            if state.window.count == 0, state.window.floor == place { state.window.restart(after: head) }
        }
    }

    /// The newest event up to a place.
    ///
    /// - Parameter newest: of each kind.
    /// - Returns: nothing when one has just come: it hides the one of its kind before it.
    static func head(_ newest: [Position?], above floor: Position, upTo place: Position) -> Position? {
        let found = newest.compactMap(\.self)
        guard found.allSatisfy({ $0 <= place }) else { return nil }
        return max(floor, found.max() ?? floor)
    }
}
