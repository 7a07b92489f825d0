// What a node does from time to time: it tells what has waited too long for its note, forgets what has ended, and takes
// that out of the state stream. All nodes do, each a little later or earlier: taking out twice does no harm.

internal import EventLog
internal import NIOCore
internal import Synchronization

extension LogFollower {
    func keepUp() async {
        var (nextExpiry, nextReport) = (NIODeadline.now() + .seconds(1), NIODeadline.now())
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(100))
            let now = NIODeadline.now()
            tellState { $0.release(now, hands.clock()) }
            if now >= nextReport {
                board.repeatReport()
                nextReport = now + .seconds(5)
            }
            guard now >= nextExpiry else { continue }
            nextExpiry = now + .nanoseconds(Int64((30 + 30 * hands.chance) * 1e9))
            await takeOutEnded(now)
        }
    }

    /// Notes that a session was let go of: that stands in the stream until every node has heard of it.
    func bury(_ name: KeptSession.Name) {
        graves.withLock { $0.add(subjects.subject(of: name), from: .now() + StateReader.graveTime) }
    }

    /// Notes that a revocation says nothing any more.
    func bury(_ target: Revocation.Target) {
        guard let subject = try? subjects.subject(of: target) else { return }
        graves.withLock { $0.add(subject) }
    }

    private func takeOutEnded(_ now: NIODeadline) async {
        let ended = state.withLock { $0.table.expire(hands.clock(), limit: Self.purges) }
        graves.withLock { graves in ended.names.forEach { graves.add(subjects.subject(of: $0)) } }
        ended.targets.forEach { bury($0) }
        for subject in graves.withLock({ $0.takeDue(now, limit: Self.purges) }) { await takeOut(subject) }
    }

    /// How many messages are taken out at a time at most.
    private static let purges = 256

    /// Takes a message out, unless it is another one by now that holds.
    private func takeOut(_ subject: String) async {
        guard let message = try? await api.call(.message(.last(subject: subject), of: subjects.stateStream)).message,
            let record = StateRecord(payload: message.payload), !holds(record, at: message.sequence)
        else { return }
        let purge = APIRequest<Done>.purge(subjects.stateStream, subject: subject, upTo: message.sequence)
        _ = try? await api.call(purge)
    }

    private func holds(_ record: StateRecord, at sequence: Position) -> Bool {
        let now = hands.clock()
        switch record {
        case .epoch: return true
        case .forgotten: return false
        case .session(let session): return session.endsAt > now
        case .revocation(let revocation):
            return state.withLock { state in
                // What this node has not heard of yet may be new.
                sequence > state.table.told || state.table.revocations.contains(revocation.target)
            }
        }
    }
}

/// The subjects whose messages say nothing any more.
struct Graves: Sendable {
    private var due: [String] = []
    /// In the order of their times.
    private var later: [(subject: String, from: NIODeadline)] = []

    mutating func add(_ subject: String) { due.append(subject) }

    mutating func add(_ subject: String, from time: NIODeadline) { later.append((subject, time)) }

    mutating func takeDue(_ now: NIODeadline, limit: Int) -> [String] {
        let ripe = later.prefix { $0.from <= now }
        due += ripe.map(\.subject)
        later.removeFirst(ripe.count)
        defer { due.removeFirst(min(limit, due.count)) }
        return Array(due.prefix(limit))
    }
}
