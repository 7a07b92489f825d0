import Synchronization
import Testing

/// What `ask` answers. Whoever waits here gives their suite a time limit, which is all that ends the wait for an answer
/// that does not come.
///
/// - Parameter work: done again and again until there is an answer, such as letting loops run.
func answer<Value: Sendable>(
    to ask: @escaping @Sendable () async -> Value, while work: () async -> Void = { await Task.yield() }
) async throws -> Value {
    let answer = Mutex<Value?>(nil)
    Task {
        let value = await ask()
        answer.withLock { $0 = value }
    }
    while answer.withLock({ $0 == nil }), !Task.isCancelled { await work() }
    return try #require(answer.withLock { $0 }, "nobody has answered")
}
