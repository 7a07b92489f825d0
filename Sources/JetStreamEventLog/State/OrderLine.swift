// What this node is asked to change in the state, one after the other: what an order does depends on those before it.

internal import EventLog

/// The orders that wait.
struct OrderLine: Sendable {
    enum Order: Sendable {
        case revoke(Revocation)
        case session(SessionOrder)
    }

    struct Entry: Sendable {
        let order: Order
        let completion: @Sendable (Result<Void, EventLogError>) -> Void
    }

    let entries: AsyncStream<Entry>
    private let door: AsyncStream<Entry>.Continuation

    /// How many may wait.
    static let limit = 4096

    init() {
        (entries, door) = AsyncStream.makeStream(of: Entry.self, bufferingPolicy: .bufferingOldest(Self.limit))
    }

    func add(_ order: Order, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        switch door.yield(Entry(order: order, completion: completion)) {
        case .enqueued: break
        case .dropped: completion(.failure(EventLogError(.busy, "too many changes of the state wait", retrySeconds: 1)))
        case .terminated: completion(.failure(.closedLog))
        @unknown default: completion(.failure(.closedLog))
        }
    }

    func close() { door.finish() }
}
