// What a node does from time to time: it tells what has waited too long for its note, forgets what has ended, and takes
// that out of the state stream. All nodes do, each a little later or earlier: taking out twice does no harm. It waits
// for servers in a task of its own: nobody who waits for the state waits for that.

internal import DequeModule
internal import EventLog
internal import NIOCore
internal import Synchronization

extension LogFollower {
    func keepUp() async {
        var nextReport = NIODeadline.now()
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(100))
            let now = NIODeadline.now()
            tellState { $0.release(now, hands.clock()) }
            progress.release(now)
            if now >= nextReport {
                board.repeatReport()
                nextReport = now + .seconds(5)
            }
        }
    }

    /// Takes out what has ended, until the log is closed.
    func takeOutEnded() async {
        try? await Task.sleep(for: .seconds(1))
        while !Task.isCancelled {
            // On with it while there is more: a turn that ended before would fall behind those who sign out.
            while !Task.isCancelled, forgetEnded() || !graves.withLock({ $0.isEmpty(.now()) }) {
                guard await emptyGraves() else { break }
            }
            try? await Task.sleep(for: .seconds(30 + 30 * hands.chance))
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

    /// - Returns: whether there may be more.
    private func forgetEnded() -> Bool {
        let ended = state.withLock { $0.table.expire(hands.clock(), limit: Self.purges) }
        graves.withLock { graves in ended.names.forEach { graves.add(subjects.subject(of: $0)) } }
        ended.targets.forEach { bury($0) }
        return ended.names.count + ended.targets.count >= Self.purges
    }

    /// Stops at the first one that the servers don't take out: the next may fail in the same way.
    ///
    /// - Returns: whether none failed.
    private func emptyGraves() async -> Bool {
        for _ in 0..<Self.purges {
            guard !Task.isCancelled, let subject = graves.withLock({ $0.takeDue(.now()) }) else { return true }
            guard await takeOut(subject) else {
                graves.withLock { $0.add(subject) }
                return false
            }
        }
        return true
    }

    /// How many messages are taken out at a time at most.
    private static let purges = 256

    /// Takes a message out, unless it is another one by now that holds.
    ///
    /// - Returns: whether that is done; nothing is known of it when the servers did not answer.
    private func takeOut(_ subject: String) async -> Bool {
        do throws(JetStreamError) {
            let message = try await api.find(.last(subject: subject), of: subjects.stateStream)
            guard let message, let record = StateRecord(payload: message.payload), !holds(record, at: message.sequence)
            else { return true }
            _ = try await api.call(.purge(subjects.stateStream, subject: subject, upTo: message.sequence))
            return true
        } catch {
            return false
        }
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
    private var due: Deque<String> = []
    /// In the order of their times.
    private var later: Deque<(subject: String, from: NIODeadline)> = []

    /// As many as a node holds of what ends (``LogSettings``), and more: each has a message in the state stream, so
    /// that one that is passed over is found again by the next node that starts.
    static let limit = 1 << 18

    mutating func add(_ subject: String) {
        if count < Self.limit { due.append(subject) }
    }

    mutating func add(_ subject: String, from time: NIODeadline) {
        if count < Self.limit { later.append((subject, time)) }
    }

    private var count: Int { due.count + later.count }

    /// Whether none is due.
    func isEmpty(_ now: NIODeadline) -> Bool { due.isEmpty && later.first.map { $0.from > now } ?? true }

    /// Takes the next one. Whoever can't take it out adds it again, behind the others.
    mutating func takeDue(_ now: NIODeadline) -> String? {
        while let first = later.first, first.from <= now { due.append(later.removeFirst().subject) }
        return due.popFirst()
    }
}
