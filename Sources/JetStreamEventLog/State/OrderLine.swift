// What this node is asked to change in the state, one after the other: what an order does depends on those before it.

internal import EventLog

/// The orders that wait.
struct OrderLine: Sendable {
    enum Order: Sendable {
        case revoke(Revocation, asked: EndQuestion? = nil)
        case session(SessionOrder)

        /// Who wants to hear how many streams it ends.
        var question: EndQuestion? {
            guard case .revoke(_, let question) = self else { return nil }
            return question
        }
    }

    struct Entry: Sendable {
        let order: Order
        /// Until when it may begin. Whoever asked is told then, instead of later, when nobody waits for it any more.
        let until: ContinuousClock.Instant
        let completion: @Sendable (Result<Void, EventLogError>) -> Void

        /// Why the order is not begun; nothing when it is.
        ///
        /// - Parameter isCutOff: whether the node is cut off from the log: what an order does depends on the state,
        ///   which is not known then, and each one would be waited for in vain.
        func refusal(isCutOff: Bool, now: ContinuousClock.Instant) -> EventLogError? {
            if isCutOff { return .orderIsCutOff }
            return now < until ? nil : .orderIsLate
        }
    }

    let entries: AsyncStream<Entry>
    private let door: AsyncStream<Entry>.Continuation
    /// How long an order may wait for those before it.
    private let patience: Duration

    /// How many may wait.
    static let limit = 4096

    init(patience: Duration) {
        self.patience = patience
        (entries, door) = AsyncStream.makeStream(of: Entry.self, bufferingPolicy: .bufferingOldest(Self.limit))
    }

    /// Puts an order behind those that wait; while the log is cut off it is refused at once.
    func add(
        _ order: Order, isCutOff: Bool, now: ContinuousClock.Instant = .now,
        completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        guard !isCutOff else { return completion(.failure(.orderIsCutOff)) }
        switch door.yield(Entry(order: order, until: now + patience, completion: completion)) {
        case .enqueued: break
        case .dropped: completion(.failure(EventLogError(.busy, "too many changes of the state wait", retrySeconds: 1)))
        case .terminated: completion(.failure(.closedLog))
        @unknown default: completion(.failure(.closedLog))
        }
    }

    func close() { door.finish() }
}

extension EventLogError {
    fileprivate static let orderIsLate = EventLogError(
        .unavailable, "the changes of the state before this one have taken too long", retrySeconds: 1)
    static let orderIsCutOff = EventLogError(
        .unavailable, "the log is cut off from its servers", retrySeconds: 1)
}
