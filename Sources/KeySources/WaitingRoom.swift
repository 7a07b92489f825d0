// Who waits for the keys of an issuer: a bounded number of requests, each told once. Nothing is remembered of a key
// that nobody waits for.

/// Requests under numbers, so that one can be taken back when its client leaves.
struct WaitingRoom {
    typealias Callback = @Sendable () -> Void

    /// One request.
    struct Waiter {
        /// The key that its token names; nothing when it names none.
        let keyID: String?
        /// The first fetch that begins behind the request: what it does not bring does not exist.
        let decidedBy: UInt64
        let callback: Callback
    }

    private let limit: Int
    private var waiting: [UInt64: Waiter] = [:]

    init(limit: Int = FetchRules.waitingRequests) { self.limit = limit }

    var count: Int { waiting.count }
    var hasPlace: Bool { waiting.count < limit }

    /// Only where there is a place.
    mutating func add(_ waiter: Waiter, as number: UInt64) { waiting[number] = waiter }

    mutating func remove(_ number: UInt64) { waiting[number] = nil }

    /// Those who fit; they wait no more.
    mutating func take(where fits: (Waiter) -> Bool) -> [Waiter] {
        let taken = waiting.filter { fits($0.value) }
        for number in taken.keys { waiting[number] = nil }
        return Array(taken.values)
    }
}
