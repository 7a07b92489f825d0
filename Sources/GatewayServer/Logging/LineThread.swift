// A thread of its own for lines that come with requests: whoever reads standard error may be slow, and neither an event
// loop nor the event log's writer waits for it.

internal import NIOPosix
internal import Synchronization

/// Runs what writes lines, in order. Called on any thread. Begins with the first line.
final class LineThread: Sendable {
    /// How many bytes may wait: what the lines are to be made of.
    static let mostBytes = 4 << 20
    /// What each takes up besides: what runs it, and its place in the queue.
    private static let itemBytes = 256

    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let isStarted = Mutex(false)
    private let waiting = Atomic(0)

    /// - Parameters:
    ///   - bytes: what the body holds until it has run.
    ///   - most: how many bytes may wait together with it.
    /// - Returns: false when more would wait; then nothing has been done.
    func run(_ bytes: Int, of most: Int = mostBytes, _ body: @escaping @Sendable () -> Void) -> Bool {
        let bytes = bytes + Self.itemBytes
        guard waiting.add(bytes, ordering: .relaxed).newValue <= most else {
            waiting.subtract(bytes, ordering: .relaxed)
            return false
        }
        start()
        pool.submit { [self] _ in
            body()
            waiting.subtract(bytes, ordering: .relaxed)
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
