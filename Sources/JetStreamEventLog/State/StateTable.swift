// The revocations and sessions as this node knows them: a value, fed by the state stream and told the time.
//
// What the stream brings waits for its note in the events stream, so that it is told in order with events. Whoever
// writes both may die between them: then it is told after a moment all the same.

internal import DequeModule
internal import EventLog
internal import NIOCore

/// What holds until it is taken back, and what of it has not been told yet.
struct StateTable: Sendable {
    private(set) var revocations: RevocationList
    private(set) var sessions: KeptSessions
    /// The newest message that has come.
    private(set) var arrived: Position = 0
    /// The newest message that has been told of.
    private(set) var told: Position = 0
    private var waiting: Deque<Waiting> = []
    /// Where the stream stood when a message was waited for in vain.
    private var stalledAt: Position?
    /// Those that have come since the stream began to be read from its beginning; nothing otherwise.
    private var found: Set<KeptSession.Name>?

    private struct Waiting: Sendable {
        let sequence: Position
        let record: StateRecord
        let cameAt: NIODeadline
    }

    /// How long a record waits for its note.
    static let patience = TimeAmount.seconds(1)

    init(_ settings: LogSettings) {
        revocations = RevocationList(settings.revocations)
        sessions = KeptSessions(settings.sessions)
    }

    // MARK: The state stream

    /// A message has come; of one that can't be read, its place.
    mutating func receive(_ record: StateRecord?, at sequence: Position, _ now: NIODeadline) {
        arrived = sequence
        guard let record else { return }
        if case .session(let session) = record { found?.insert(session.name) }
        waiting.append(Waiting(sequence: sequence, record: record, cameAt: now))
    }

    /// There is nothing up to here that has not come.
    mutating func arrive(at sequence: Position) { arrived = max(arrived, sequence) }

    /// Whether a message that a note names may be on its way. Of a stream that was made anew, or set back, old notes
    /// name what it never had: after one that was waited for in vain, no other is until something comes.
    func isExpected(_ sequence: Position) -> Bool { sequence > arrived && stalledAt != arrived }

    /// A message was waited for as long as is worth it, or has come.
    mutating func waited(for sequence: Position) { stalledAt = sequence > arrived ? arrived : nil }

    /// The stream is another one, or has gone back: it counts from elsewhere. What is in force stays so.
    mutating func restart(now: WallTime) -> StateNews? {
        let news = release(through: .max, now: now)
        (arrived, told, stalledAt) = (0, 0, nil)
        return news
    }

    /// The stream is read from its beginning again. What is not in it any more by its end has been taken back.
    mutating func beginReload() {
        (found, arrived, told) = ([], 0, 0)
        waiting = []
    }

    /// All that the stream has is here.
    mutating func endReload() -> StateNews? {
        guard let found else { return nil }
        self.found = nil
        let gone = sessions.all.map(\.name).filter { !found.contains($0) }
        let change = SessionChange(forgotten: gone)
        sessions.apply(change)
        return change.isNothing ? nil : StateNews(sessions: change)
    }

    // MARK: Telling

    /// The note has come for all up to here.
    ///
    /// - Parameter question: what came with it. It is not passed on when all has been told before.
    mutating func release(
        through sequence: Position, asked question: EndQuestion? = nil, now: WallTime
    ) -> StateNews? {
        var records: [StateRecord] = []
        while let first = waiting.first, first.sequence <= sequence {
            records.append(waiting.removeFirst().record)
        }
        told = max(told, min(sequence, arrived))
        var news = apply(records, now: now)
        news?.question = question
        return news
    }

    /// Lets go of what has waited for too long.
    mutating func release(_ now: NIODeadline, _ time: WallTime) -> StateNews? {
        guard let last = waiting.last(where: { $0.cameAt + Self.patience <= now }) else { return nil }
        return release(through: last.sequence, now: time)
    }

    /// Puts in force what this node has written itself, whether it has come back or not.
    mutating func apply(_ records: [StateRecord], now: WallTime) -> StateNews? {
        var (news, sessions) = (StateNews(), SessionBuilder())
        for record in records {
            switch record {
            case .revocation(let revocation):
                revocations.take(revocation, now: now)
                news.revocations.append(revocation)
            case .session(let session) where session.endsAt > now: sessions.keep(session)
            case .session(let session): sessions.forget(session.name)
            case .forgotten(let name): sessions.forget(name)
            case .epoch: break
            }
        }
        news.sessions = sessions.change(from: self.sessions)
        self.sessions.apply(news.sessions)
        return news.isNothing ? nil : news
    }

    /// Forgets what has ended, of which nobody has to be told.
    ///
    /// - Returns: what may be taken out of the stream.
    mutating func expire(_ now: WallTime, limit: Int) -> (targets: [Revocation.Target], names: [KeptSession.Name]) {
        let change = sessions.expiry(now: now, limit: limit)
        sessions.apply(change)
        return (revocations.dropExpired(now), change.forgotten)
    }
}

/// What is to be told of the state.
struct StateNews: Sendable, Equatable {
    var revocations: [Revocation] = []
    var sessions = SessionChange()
    /// Of whoever wants to hear how many streams the revocations end.
    var question: EndQuestion?

    var isNothing: Bool { revocations.isEmpty && sessions.isNothing }

    /// For the tail, in its order.
    var elements: [TailElement] {
        let revoked = revocations.isEmpty ? [] : [TailElement.revoked(revocations, asked: question)]
        return revoked + (sessions.isNothing ? [] : [.sessions(sessions)])
    }
}

/// What becomes of sessions by several records: of one name the last counts.
private struct SessionBuilder {
    private var order: [KeptSession.Name] = []
    private var last: [KeptSession.Name: KeptSession?] = [:]

    mutating func keep(_ session: KeptSession) { note(session.name, session) }

    mutating func forget(_ name: KeptSession.Name) { note(name, nil) }

    private mutating func note(_ name: KeptSession.Name, _ session: KeptSession?) {
        if last.updateValue(session, forKey: name) == nil { order.append(name) }
    }

    /// - Parameter sessions: what there is: what is as it was, or was not there and goes, is no change.
    func change(from sessions: KeptSessions) -> SessionChange {
        var change = SessionChange()
        for name in order {
            guard let word = last[name] else { continue }
            if let session = word {
                if sessions.kept(name) != session { change.kept.append(session) }
            } else if sessions.kept(name) != nil {
                change.forgotten.append(name)
            }
        }
        return change
    }
}
