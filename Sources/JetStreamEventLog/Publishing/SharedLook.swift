// One question for all who ask it at the same time.

internal import Synchronization

/// Looks for many at once.
///
/// Whoever comes while a look is on its way gets the answer of the next: that of the first may be too old for it.
final class SharedLook<Answer: Sendable>: Sendable {
    private struct State {
        var isLooking = false
        var waiting: [CheckedContinuation<Answer, Never>] = []

        /// Those whom the next look is for; nothing when there are none, and so there is no next look.
        mutating func takeWaiting() -> [CheckedContinuation<Answer, Never>]? {
            isLooking = !waiting.isEmpty
            defer { waiting = [] }
            return isLooking ? waiting : nil
        }
    }

    private let state = Mutex(State())

    /// What a look says that begins now or later.
    ///
    /// - Parameter look: the same of all who ask.
    func answer(_ look: @escaping @Sendable () async -> Answer) async -> Answer {
        await withCheckedContinuation { continuation in
            let first = state.withLock { state in
                state.waiting.append(continuation)
                return state.isLooking ? nil : state.takeWaiting()
            }
            if let first { Task { await goOn(look, for: first) } }
        }
    }

    private func goOn(
        _ look: @Sendable () async -> Answer, for first: [CheckedContinuation<Answer, Never>]
    ) async {
        var waiting: [CheckedContinuation<Answer, Never>]? = first
        while let some = waiting {
            let answer = await look()
            for one in some { one.resume(returning: answer) }
            waiting = state.withLock { $0.takeWaiting() }
        }
    }
}
