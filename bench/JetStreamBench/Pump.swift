// Keeps publishes under way: each that is answered is followed by the next. By callbacks, as the gateway publishes: a
// task for each would cost as much as a publish.

import Synchronization

/// Publishes something, and tells when it is answered.
typealias Publish = @Sendable (_ number: Int, _ done: @escaping @Sendable (Result<Void, any Error>) -> Void) -> Void

final class Pump: Sendable {
    private struct State {
        var running = 0
        var count = 0
        var error: (any Error)?
        var whenOver: CheckedContinuation<Int, any Error>?
    }

    private let deadline: ContinuousClock.Instant
    private let publish: Publish
    private let state = Mutex(State())

    init(until deadline: ContinuousClock.Instant, _ publish: @escaping Publish) {
        (self.deadline, self.publish) = (deadline, publish)
    }

    /// - Returns: how many were answered.
    func run(_ publishers: Int) async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            state.withLock { ($0.running, $0.whenOver) = (publishers, continuation) }
            for publisher in 0..<publishers { next(publisher, 0) }
        }
    }

    private func next(_ publisher: Int, _ count: Int) {
        guard ContinuousClock.now < deadline else { return end(count, nil) }
        publish(publisher + count) { [self] result in
            switch result {
            case .success: next(publisher, count + 1)
            case .failure(let error): end(count, error)
            }
        }
    }

    private func end(_ count: Int, _ error: (any Error)?) {
        let over = state.withLock { state -> (CheckedContinuation<Int, any Error>, Result<Int, any Error>)? in
            state.running -= 1
            state.count += count
            state.error = state.error ?? error
            guard state.running == 0, let whenOver = state.whenOver else { return nil }
            return (whenOver, state.error.map { .failure($0) } ?? .success(state.count))
        }
        if let (whenOver, result) = over { whenOver.resume(with: result) }
    }
}
