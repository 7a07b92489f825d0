// Whether events can be published: known from what becomes of them, and found out while they can't be. A node that is
// taken out of its balancer gets none any more, and would not notice that it could again.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import Synchronization

/// Keeps the health of publishing, and tries until it is good again.
final class PublishProbe: Sendable {
    /// For so long a publish that has succeeded proves that others can.
    static let proofTime = TimeAmount.seconds(5)

    private struct State {
        var isTrying = false
        var isClosed = false
        /// When something was published last.
        var provedAt: NIODeadline?
        /// Whether the board says so. Each event that is published tells of it, and almost always it is known.
        var isToldGood = false
    }

    private let state = Mutex(State())
    private let board: HealthBoard
    private let attempt: @Sendable () async -> EventLogError?
    private let pause: @Sendable () async -> Void
    private let now: @Sendable () -> NIODeadline

    /// - Parameters:
    ///   - attempt: publishes something that is nobody's event, and says why it could not.
    ///   - pause: waits between two attempts.
    ///   - now: the steady clock.
    init(
        _ board: HealthBoard, attempt: @escaping @Sendable () async -> EventLogError?,
        pause: @escaping @Sendable () async -> Void, now: @escaping @Sendable () -> NIODeadline = { .now() }
    ) {
        (self.board, self.attempt, self.pause, self.now) = (board, attempt, pause, now)
    }

    /// A probe that publishes an empty note, each second.
    convenience init(_ board: HealthBoard, _ api: JetStreamAPI, _ subjects: LogSubjects) {
        self.init(board) {
            do throws(NATSError) {
                let note = Publication(to: try Subject(subjects.note))
                return await Self.failure(of: note, api)
            } catch {
                return JetStreamError(.client(error), of: "publish").eventLogError
            }
        } pause: {
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private static func failure(of note: Publication, _ api: JetStreamAPI) async -> EventLogError? {
        do throws(JetStreamError) {
            _ = try await api.publish(note, timeout: .seconds(2))
            return nil
        } catch {
            return error.eventLogError
        }
    }

    /// Events were published.
    func succeeded() {
        let now = now()
        state.withLock { state in
            state.provedAt = now
            guard !state.isToldGood else { return }
            state.isToldGood = true
            board.update { $0.failure = nil }
        }
    }

    /// Finds out whether events can be published, where none was of late: by publishing something that is nobody's.
    ///
    /// - Parameter completion: gets why not, on any thread.
    func prove(_ completion: @escaping @Sendable (EventLogError?) -> Void) {
        let now = now()
        let isDue = state.withLock { state in
            guard !state.isTrying, !state.isClosed else { return false }
            if let proved = state.provedAt, now - proved < Self.proofTime { return false }
            state.isTrying = true
            return true
        }
        guard isDue else { return completion(board.health.failure) }
        Task { completion(await proof()) }
    }

    private func proof() async -> EventLogError? {
        let error = await attempt()
        state.withLock { $0.isTrying = false }
        if let error { failed(error) } else { succeeded() }
        return error
    }

    /// Events could not be published, for a reason that is not theirs; or the connection is lost.
    func failed(_ error: EventLogError) {
        let begins = state.withLock { state in
            tell(error, &state)
            defer { state.isTrying = true }
            return !state.isTrying && !state.isClosed
        }
        if begins { Task { await tryUntilGood() } }
    }

    /// Within the lock, so that the last word is the newest.
    private func tell(_ error: EventLogError?, _ state: inout State) {
        state.isToldGood = error == nil
        board.update { $0.failure = error }
    }

    /// Tries no more.
    func close() { state.withLock { $0.isClosed = true } }

    private func tryUntilGood() async {
        var goesOn = true
        while goesOn {
            await pause()
            let error = await attempt()
            goesOn = state.withLock { state in
                tell(error, &state)
                state.isTrying = error != nil && !state.isClosed
                return state.isTrying
            }
        }
    }
}
