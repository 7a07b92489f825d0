// Waits for what may never come. An event loop that stands still answers nothing, and the process has to end all the
// same.

enum BoundedWait {
    /// Does something, and waits for it no longer than a time. After that it goes on by itself.
    static func atMost(_ time: Duration, for work: @escaping @Sendable () async -> Void) async {
        let (end, finish) = AsyncStream.makeStream(of: Void.self)
        Task {
            await work()
            finish.finish()
        }
        let alarm = Task {
            try? await Task.sleep(for: time)
            finish.finish()
        }
        for await _ in end {}
        alarm.cancel()
    }
}
