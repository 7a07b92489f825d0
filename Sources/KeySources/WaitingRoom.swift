// Who waits for the keys of an issuer: a bounded number of requests, each told once.

/// Callbacks under numbers, so that one can be taken back when its client leaves.
struct WaitingRoom {
    typealias Callback = @Sendable () -> Void

    private let limit: Int
    private var waiting: [UInt64: Callback] = [:]
    private var last: UInt64 = 0

    init(limit: Int = FetchRules.waitingRequests) { self.limit = limit }

    var count: Int { waiting.count }

    /// - Returns: the number to take it back by; nothing when there is no room.
    mutating func add(_ callback: @escaping Callback) -> UInt64? {
        guard waiting.count < limit else { return nil }
        last += 1
        waiting[last] = callback
        return last
    }

    mutating func remove(_ number: UInt64) { waiting[number] = nil }

    /// Everybody who waits; nobody waits afterwards.
    mutating func takeAll() -> [Callback] {
        defer { waiting = [:] }
        return Array(waiting.values)
    }
}
