// A thread of its own for lines that come with requests: whoever reads standard error may be slow, and neither an event
// loop nor the event log's writer waits for it.

internal import NIOPosix
internal import Synchronization

/// Runs what writes lines, in order. Called on any thread. Begins with the first line.
final class LineThread: Sendable {
    /// How many may wait.
    static let mostWaiting = 4096

    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let isStarted = Mutex(false)
    private let waiting = Atomic(0)

    /// - Returns: false when too many wait; then nothing has been done.
    func run(_ body: @escaping @Sendable () -> Void) -> Bool {
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.mostWaiting else {
            waiting.subtract(1, ordering: .relaxed)
            return false
        }
        start()
        pool.submit { [self] _ in
            body()
            waiting.subtract(1, ordering: .relaxed)
        }
        return true
    }

    private func start() {
        isStarted.withLock { isStarted in
            if !isStarted { pool.start() }
            isStarted = true
        }
    }

    /// Returns when all that was to be run has been, and ends the thread.
    func end() async {
        guard isStarted.withLock({ $0 }) else { return }
        await withCheckedContinuation { done in pool.submit { _ in done.resume() } }
        try? await pool.shutdownGracefully()
    }
}
