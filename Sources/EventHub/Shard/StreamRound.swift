// Work on many streams of a shard that nobody waits for by the millisecond: ending them, or looking at them. It is done
// in turns, so that events between two of them are as prompt as ever. Values; the shard acts.

internal import EventLog
internal import NIOCore

/// A round over the streams that there were when it was asked for.
struct StreamRound {
    /// What is done with them.
    enum Work {
        /// Ends those that are meant.
        case end(EndOrder)
        /// Finds those with the lowest numbers, and asks their sockets, too, or not.
        case look(CheckedContinuation<[StreamFacts], Never>, asksSockets: Bool)
        /// Counts them in their topics again, and tells those of topics that were counted before.
        case enter(PresenceTopics)
    }

    private let streams: ContiguousArray<HubStream>
    private var next = 0
    let work: Work
    /// How many it has ended. Beside the work, as the numbers are: taken out of it and put back, those would be copied
    /// with each stream.
    var ended = 0
    /// Those that a look has found.
    var numbers: LowestNumbers

    /// - Parameter numbers: which ones a look is after.
    init(
        _ streams: ContiguousArray<HubStream>, _ work: Work, numbers: LowestNumbers = LowestNumbers(above: 0, limit: 0)
    ) {
        (self.streams, self.work, self.numbers) = (streams, work, numbers)
    }

    /// Whether somebody was promised that it is soon over.
    var isUrgent: Bool { if case .end = work { true } else { false } }

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

extension EndOrder {
    /// Whose streams have to be looked at.
    var audience: Audience {
        switch which {
        case .revoked(let revoked): revoked.usersOnly.map { $0.count == 1 ? .user($0[0]) : .users($0) } ?? .everyone
        case .ofUser(let user, _, _), .ofSession(_, let user, _): .user(user)
        }
    }

    /// With which reason a stream of this audience ends; nothing for one that is not meant.
    func reason(for stream: HubStream) -> StreamEnd? {
        switch which {
        case .revoked(let revoked): revoked.covers(stream.term.token, of: stream.interest.user) ? .tokenRevoked : nil
        case .ofUser(_, let number, let reason): number == nil || stream.id.number == number ? reason : nil
        case .ofSession(let session, _, let reason): stream.session == session ? reason : nil
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
