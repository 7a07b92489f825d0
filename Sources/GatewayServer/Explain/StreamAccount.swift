// One stream of a user as an explanation needs it: from when to when, for what, and how far it was sent the log.

internal import EventHub
internal import EventLog

/// What is known of a stream, open or ended.
struct StreamAccount: Sendable, Equatable {
    struct End: Sendable, Equatable {
        let at: WallTime
        let reason: String
    }

    let name: String
    let user: String
    let topics: [String]
    let since: WallTime
    /// The newest event that it had, or did not want, when it opened.
    let from: Position
    /// How far it was sent the log.
    let last: Position
    /// Whose positions these are; nothing when that is not known.
    var epoch: Epoch?
    var isBehind = false
    var isDelayed = false
    /// How many bytes were written to it that its socket has not taken.
    var unsentBytes = 0
    /// How many bytes of its connection, those included, the other end has not acknowledged; nothing where nobody
    /// knows.
    var unacknowledgedBytes: Int?
    /// Nothing while it is open.
    var ended: End?
}

extension StreamAccount {
    init(_ life: StreamLife) {
        self.init(
            name: life.name, user: life.interest.user, topics: life.interest.topics, since: life.since,
            from: life.from, last: life.lastEventID.sequence,
            epoch: life.lastEventID.epoch, isBehind: life.isBehind)
    }

    init(_ facts: StreamFacts, of user: String) {
        let last = LoggedEventID(facts.lastEventID)
        self.init(
            name: facts.name, user: user, topics: facts.topics, since: facts.since, from: facts.from,
            last: last?.sequence ?? 0, epoch: last?.epoch, isBehind: facts.isBehind, isDelayed: facts.isDelayed,
            unsentBytes: facts.pendingBytes, unacknowledgedBytes: facts.unacknowledgedBytes)
    }

    func wants(_ audience: Audience) -> Bool {
        switch audience {
        case .user(let name): name == user
        case .users(let names): names.contains(user)
        case .topic(let topic): topics.contains(topic)
        case .everyone: true
        }
    }
}
