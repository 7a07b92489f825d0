// How much one connection has done in this turn of its event loop, as a value. A client may send hundreds of requests
// in one read of its socket. If all of them were handled at once, the loop's other connections would wait for them.

/// A connection's share of a turn, in units of about what one small request costs: twenty microseconds.
///
/// What has been read beyond it waits for the next turn, and nothing more is read meanwhile.
struct TurnShare: Sendable, Equatable {
    /// So much is handled in a turn: a third of a millisecond. A constant, and no setting: with less the loop would
    /// look at its sockets more often than at requests, and more would be noticed by others.
    static let limit = 16
    /// A request counts for one, and for one more with each so many bytes of its body: six events of a batch.
    static let bytesPerUnit = 1024
    /// A request that has waited for its rules is judged anew: its token's signature is checked.
    static let postponedUnits = 4

    private(set) var taken = 0

    /// Whether what comes next has to wait.
    var isUsedUp: Bool { taken >= Self.limit }

    /// What is left of it, or one unit.
    var left: Int { max(1, Self.limit - taken) }

    /// A turn begins.
    mutating func begins() { taken = 0 }

    /// A request has been handled.
    mutating func handled(bodyBytes: Int) { taken += 1 + bodyBytes / Self.bytesPerUnit }

    /// A request has begun whose end is another matter, as over HTTP/2.
    mutating func began() { taken += 1 }
}
