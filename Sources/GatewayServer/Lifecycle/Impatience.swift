// The wish that a stop be over now. It goes from whoever catches signals to whoever waits.

internal import Synchronization

/// Asks for an end of the stop before its time. Once it is there it stays.
final class Impatience: Sendable {
    private struct State {
        var isThere = false
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var lastWait: UInt64 = 0
    }

    private let state = Mutex(State())

    func begin() {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            state.isThere = true
            return state.waiting.values
        }
        for task in waiting { task.resume() }
    }

    /// Returns when the wish is there, or the task is cancelled.
    func wait() async {
        let number = state.withLock { state in
            state.lastWait += 1
            return state.lastWait
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard !state.isThere, !Task.isCancelled else { return true }
                    state.waiting[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
        }
    }

    /// Returns when the wish is there, or `time` is over.
    func wait(atMost time: Duration) async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.wait() }
            tasks.addTask { try? await Task.sleep(for: time) }
            await tasks.next()
            tasks.cancelAll()
        }
    }
}
