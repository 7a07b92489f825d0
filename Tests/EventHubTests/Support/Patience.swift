import Synchronization
import Testing

/// What `ask` answers. Fails when that takes longer than ten seconds, which no test of rules does.
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
    let deadline = ContinuousClock.now + .seconds(10)
    while answer.withLock({ $0 == nil }), ContinuousClock.now < deadline { await work() }
    return try #require(answer.withLock { $0 }, "nobody has answered within ten seconds")
}
