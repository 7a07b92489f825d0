// Who has a place at the gateway, as a value: users, strangers, and those who are turned away. It closes nothing; its
// caller does.

internal import NIOCore

/// The connections of one listener, by what is known of their clients.
///
/// Everybody comes as a stranger, and is a user from the first good token on. Strangers together have a share of the
/// places; when it is used up, or all places are, the oldest stranger makes way for the newest. So who has a token gets
/// in, as long as it shows it before as many others have come as the share is large. Only when users have all places is
/// one turned away.
struct Seats: Sendable {
    typealias ID = UInt64

    /// What becomes of a new connection.
    enum Admission: Equatable {
        /// It is served. Report its end by ``Seats/closed(_:)``, as of all that are not refused.
        case served(ID)
        /// It is one too many: it is told so, and closed.
        case turnedAway(ID)
        /// Close it without a word.
        case refused
    }

    /// What to do with another connection.
    enum Action: Equatable {
        /// It may end what is under way.
        case askToLeave(ID)
        case cutOff(ID)
    }

    /// Lower ones hold for who comes from here on.
    var limits: SeatLimits
    private var lastID: ID = 0
    private var users: Set<ID> = []
    private var strangers = AgeQueue()
    /// Asked to leave. These have the places of those who are turned away.
    private var leaving = AgeQueue()
    private var turnedAway = AgeQueue()

    init(_ limits: SeatLimits) { self.limits = limits }

    /// How many there are of each kind; who was asked to leave counts as turned away.
    var counts: (users: Int, strangers: Int, turnedAway: Int) {
        (users.count, strangers.count, leaving.count + turnedAway.count)
    }

    // MARK: What happens

    /// A connection has come.
    mutating func admit(at now: NIODeadline) -> (Admission, [Action]) {
        let id = lastID + 1
        lastID = id
        guard users.count < limits.connections else { return turnAway(id, at: now) }
        let isFull = strangers.count >= limits.strangers || users.count + strangers.count >= limits.connections
        let actions = isFull ? sendAwayOldestStranger(at: now) : []
        strangers.append(id, at: now)
        return (.served(id), actions)
    }

    /// A connection has shown a good token, be it while it leaves.
    mutating func becameKnown(_ id: ID, at now: NIODeadline) -> [Action] {
        if strangers.remove(id) {
            users.insert(id)
            return []
        }
        guard users.count < limits.connections, leaving.remove(id) else { return [] }
        users.insert(id)
        return users.count + strangers.count > limits.connections ? sendAwayOldestStranger(at: now) : []
    }

    mutating func closed(_ id: ID) {
        users.remove(id)
        _ = strangers.remove(id)
        _ = leaving.remove(id)
        _ = turnedAway.remove(id)
    }

    /// Time has passed. Call it a few times a second.
    mutating func tick(at now: NIODeadline) -> [Action] {
        var actions: [Action] = []
        if let lifetime = limits.strangerLifetime {
            while let id = strangers.popOldest(arrivedBy: now - lifetime) { actions += sendAway(id, at: now) }
        }
        while let id = leaving.popOldest(arrivedBy: now - limits.grace) { actions.append(.cutOff(id)) }
        while let id = turnedAway.popOldest(arrivedBy: now - limits.turnedAwayLifetime) { actions.append(.cutOff(id)) }
        return actions
    }

    // MARK: Making way

    private mutating func sendAwayOldestStranger(at now: NIODeadline) -> [Action] {
        strangers.popOldest().map { sendAway($0, at: now) } ?? []
    }

    private mutating func sendAway(_ id: ID, at now: NIODeadline) -> [Action] {
        guard limits.turnedAway > 0 else { return [.cutOff(id)] }
        let actions = makeRoomForOneTurnedAway()
        leaving.append(id, at: now)
        return actions + [.askToLeave(id)]
    }

    private mutating func turnAway(_ id: ID, at now: NIODeadline) -> (Admission, [Action]) {
        guard limits.turnedAway > 0 else { return (.refused, []) }
        let actions = makeRoomForOneTurnedAway()
        turnedAway.append(id, at: now)
        return (.turnedAway(id), actions)
    }

    /// Who was asked to leave has had its time.
    private mutating func makeRoomForOneTurnedAway() -> [Action] {
        guard leaving.count + turnedAway.count >= limits.turnedAway else { return [] }
        return (leaving.popOldest() ?? turnedAway.popOldest()).map { [.cutOff($0)] } ?? []
    }
}
