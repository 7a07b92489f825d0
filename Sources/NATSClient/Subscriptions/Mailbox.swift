// The place between a connection's event loop and the task that reads a subscription.

internal import Synchronization

/// Deliveries on their way to one reader.
final class Mailbox: Sendable {
    private struct State {
        var pending: PendingDeliveries
        var reader: CheckedContinuation<Result<Delivery?, NATSError>, Never>?
        /// Nothing comes any more. What waits is taken first, and then the error, if there is one.
        var end: Result<Void, NATSError>?
        /// Called once, when all has been taken behind the end, or nobody can take it any more.
        var whenTaken: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(_ limits: SubscriptionLimits) { state = Mutex(State(pending: PendingDeliveries(limits))) }

    deinit { state.withLock { $0.whenTaken }?() }

    /// - Returns: whether the message is kept.
    func offer(_ message: Message) -> Bool { change { $0.add(message) } ?? false }

    /// What came together: its reader is woken once, and finds all of it.
    func offer(_ messages: [Message]) {
        _ = change { pending in
            for message in messages { _ = pending.add(message) }
        }
    }

    func offer(_ missed: Missed) { _ = change { $0.addMissed(missed) } }

    private func change<Answer: Sendable>(_ body: (inout PendingDeliveries) -> Answer) -> Answer? {
        let (answer, reader, next) = state.withLock {
            state -> (Answer?, CheckedContinuation<Result<Delivery?, NATSError>, Never>?, Delivery?) in
            guard state.end == nil else { return (nil, nil, nil) }
            let answer = body(&state.pending)
            guard let reader = state.reader, let next = state.pending.take() else { return (answer, nil, nil) }
            state.reader = nil
            return (answer, reader, next)
        }
        reader?.resume(returning: .success(next))
        return answer
    }

    /// Nothing comes any more.
    ///
    /// - Parameters:
    ///   - error: why, if it is not as the reader wanted.
    ///   - taken: called once, when the reader has taken all that waits; at once when nothing does.
    func finish(_ error: NATSError? = nil, whenTaken taken: (@Sendable () -> Void)? = nil) {
        let (reader, callback) = state.withLock {
            state -> (CheckedContinuation<Result<Delivery?, NATSError>, Never>?, (@Sendable () -> Void)?) in
            let isFirst = state.end == nil
            if isFirst { state.end = error.map { .failure($0) } ?? .success(()) }
            let former = state.whenTaken
            state.whenTaken = nil
            guard !state.pending.isEmpty else {
                let reader = state.reader
                state.reader = nil
                return (reader, Self.both(former, taken))
            }
            state.whenTaken = Self.both(former, taken)
            return (nil, nil)
        }
        reader?.resume(returning: error.map { .failure($0) } ?? .success(nil))
        callback?()
    }

    private static func both(
        _ one: (@Sendable () -> Void)?, _ other: (@Sendable () -> Void)?
    ) -> (@Sendable () -> Void)? {
        guard let one, let other else { return one ?? other }
        return {
            one()
            other()
        }
    }

    /// The next delivery; nothing at the end, and when the task is cancelled. One task reads at a time.
    func next() async throws(NATSError) -> Delivery? {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { reader in
                let (result, callback) = state.withLock {
                    state -> (Result<Delivery?, NATSError>?, (@Sendable () -> Void)?) in
                    Self.read(&state, reader)
                }
                if let result { reader.resume(returning: result) }
                callback?()
            }
        } onCancel: {
            let reader = state.withLock { state in
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(returning: .success(nil))
        }
        return try result.get()
    }

    /// What waits, without waiting for more. Whoever reads takes it, between two calls of ``next()``.
    ///
    /// - Returns: `former`, and what waits behind it.
    func takeWaiting(behind former: [Delivery] = [], most: Int) -> [Delivery] {
        let (deliveries, callback) = state.withLock { state -> ([Delivery], (@Sendable () -> Void)?) in
            var (deliveries, count) = (former, min(most, state.pending.count))
            deliveries.reserveCapacity(former.count + count)
            while count > 0, let next = state.pending.take() {
                deliveries.append(next)
                count -= 1
            }
            guard deliveries.count > former.count, state.pending.isEmpty, state.end != nil else {
                return (deliveries, nil)
            }
            defer { state.whenTaken = nil }
            return (deliveries, state.whenTaken)
        }
        callback?()
        return deliveries
    }

    private static func read(
        _ state: inout State, _ reader: CheckedContinuation<Result<Delivery?, NATSError>, Never>
    ) -> (Result<Delivery?, NATSError>?, (@Sendable () -> Void)?) {
        precondition(state.reader == nil, "a subscription is read by one task at a time")
        if let next = state.pending.take() {
            let isLast = state.pending.isEmpty && state.end != nil
            defer { if isLast { state.whenTaken = nil } }
            return (.success(next), isLast ? state.whenTaken : nil)
        }
        if let end = state.end { return (end.map { nil }, nil) }
        if Task.isCancelled { return (.success(nil), nil) }
        state.reader = reader
        return (nil, nil)
    }
}
