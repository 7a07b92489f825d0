// Work on many streams of a shard that nobody waits for by the millisecond: ending them, or looking at them. It is done
// in turns, so that events between two of them are as prompt as ever. Values; the shard acts.

internal import EventLog
internal import NIOCore

/// A round over the streams that there were when it was asked for.
struct StreamRound {
    /// What is done with them.
    enum Work {
        /// Ends those that are meant, and counts them.
        case end(EndJudge, EndTally?, ended: Int)
        /// Finds the lowest numbers above one.
        case look(LowestNumbers, CheckedContinuation<[StreamFacts], Never>)
    }

    private let streams: ContiguousArray<HubStream>
    private var next = 0
    var work: Work

    init(_ streams: ContiguousArray<HubStream>, _ work: Work) { (self.streams, self.work) = (streams, work) }

    /// The next stream that is still open.
    mutating func takeStream() -> HubStream? {
        while next < streams.count {
            defer { next += 1 }
            if !streams[next].hasEnded { return streams[next] }
        }
        return nil
    }
}

/// What one turn of a round may do: two milliseconds' work, and no more streams than that takes at best.
struct TurnBudget {
    static let time = TimeAmount.milliseconds(2)

    private var looks = 2048
    private var endings = 32
    private let end: NIODeadline

    /// - Parameter end: when the turn is over: how long a stream takes to end depends on its connection.
    init(until end: NIODeadline) { self.end = end }

    /// Whether nothing is left to spend.
    func isOver(at now: NIODeadline) -> Bool { looks == 0 || endings == 0 || now >= end }

    mutating func spendLook() { looks -= 1 }
    mutating func spendEnding() { endings -= 1 }
}

/// Which streams an order ends, and with which reason.
enum EndJudge {
    case revoked(TokenMark.Revoked)
    /// Of one user: the one of this number, or all.
    case numbered(UInt64?, StreamEnd)

    init(_ order: EndOrder) {
        switch order.which {
        case .revoked(let revocations): self = .revoked(TokenMark.Revoked(revocations))
        case .ofUser(_, let number, let reason): self = .numbered(number, reason)
        }
    }

    func reason(for stream: HubStream) -> StreamEnd? {
        switch self {
        case .revoked(let revoked): revoked.covers(stream.term.token, of: stream.interest.user) ? .tokenRevoked : nil
        case .numbered(let number, let reason): number == nil || stream.id.number == number ? reason : nil
        }
    }
}

extension EndOrder {
    /// Whose streams have to be looked at.
    var audience: Audience {
        switch which {
        case .revoked(let revocations):
            TokenMark.Revoked(revocations).usersOnly.map { $0.count == 1 ? .user($0[0]) : .users($0) } ?? .everyone
        case .ofUser(let user, _, _): .user(user)
        }
    }
}

/// The lowest of many numbers above one, in about as much room as they take.
struct LowestNumbers {
    private var numbers: [UInt64] = []
    private let bound: UInt64
    private let limit: Int

    /// - Parameters:
    ///   - bound: only numbers above it.
    ///   - limit: how many of them.
    init(above bound: UInt64, limit: Int) { (self.bound, self.limit) = (bound, limit) }

    mutating func insert(_ number: UInt64) {
        guard number > bound else { return }
        numbers.append(number)
        if numbers.count >= 2 * max(limit, 32) { numbers = sorted }
    }

    /// In their order.
    var sorted: [UInt64] { Array(numbers.sorted().prefix(limit)) }
}
