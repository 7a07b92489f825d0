// Whether events can be published: known from what becomes of them, and found out while they can't be. A node that is
// taken out of its balancer gets none any more, and would not notice that it could again.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import Synchronization

/// Keeps the health of publishing, and tries until it is good again.
final class PublishProbe: Sendable {
    private struct State {
        var isTrying = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let board: HealthBoard
    private let attempt: @Sendable () async -> EventLogError?
    private let pause: @Sendable () async -> Void

    /// - Parameters:
    ///   - attempt: publishes something that is nobody's event, and says why it could not.
    ///   - pause: waits between two attempts.
    init(
        _ board: HealthBoard, attempt: @escaping @Sendable () async -> EventLogError?,
        pause: @escaping @Sendable () async -> Void
    ) {
        (self.board, self.attempt, self.pause) = (board, attempt, pause)
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
    func succeeded() { board.update { $0.failure = nil } }

    /// Events could not be published, for a reason that is not theirs; or the connection is lost.
    func failed(_ error: EventLogError) {
        let begins = state.withLock { state in
            board.update { $0.failure = error }
            defer { state.isTrying = true }
            return !state.isTrying && !state.isClosed
        }
        if begins { Task { await tryUntilGood() } }
    }

    /// Tries no more.
    func close() { state.withLock { $0.isClosed = true } }

    private func tryUntilGood() async {
        var goesOn = true
        while goesOn {
            await pause()
            let error = await attempt()
            goesOn = state.withLock { state in
                board.update { $0.failure = error }
                state.isTrying = error != nil && !state.isClosed
                return state.isTrying
            }
        }
    }
}
