// One consumer after another, so that a node gets every message of a stream in order, once, and knows whether it is
// current. A value: the time and chance are passed in, and what has to be done is returned. `StreamTail` does it.
//
// A consumer is believed only as long as nothing is missing in its own numbering and it is heard of. It may live on a
// server that is cut off from the others, and be heard of all the same: so what is current is the leader's word alone.

internal import EventLog
internal import NIOCore

/// How long a tail waits for what.
struct TailRules: Sendable, Equatable {
    /// How often the server says something when there are no messages.
    var heartbeat = TimeAmount.seconds(1)
    /// After what silence a consumer is given up.
    var silence = TimeAmount.milliseconds(3500)
    /// How often the leader is asked where the stream ends.
    var lookInterval = TimeAmount.seconds(2)
    /// How long it may be unknown whether the node is current before that is told.
    var patience = TimeAmount.seconds(1)
    /// The wait after a failure; it doubles up to the other.
    var firstWait = TimeAmount.milliseconds(100)
    var longestWait = TimeAmount.seconds(2)
    /// How long the leader has to say so until a stream counts as gone back: one that has lost the others does not know
    /// what they have, and gives up within this time.
    var certainty = TimeAmount.seconds(12)
    /// Whether messages go from the middle of the stream, too: a hole is no loss then.
    var hasHoles = false
    /// Whether so much comes that it matters which server the consumer stands on.
    var isNear = false
}

/// The tail of one stream.
struct TailMachine: Sendable {
    /// The newest message that was taken, or that the stream holds no longer. Only a message that came, and the
    /// leader's floor before a consumer is made, move it: nothing else says that there is nothing in between.
    private(set) var place: Position
    /// When the stream was made that this is the tail of, in the server's words; nothing before the first look.
    private(set) var created: String?
    /// What the leader has told of last, since a consumer was last made.
    private var told: Told?
    private var consumer: Consumer?
    /// What came last.
    private(set) var recent = RecentPlaces()
    private var doubt: Doubt?
    /// Up to where messages are missing, until a consumer follows: who tells it may fail, and then it is found again.
    private var overtaken: Position?
    /// Whether something has come since the leader was asked that says that its word is of before.
    private var isDoubted = false
    private var isResumed = false
    private var failures = 0
    private let rules: TailRules

    /// Where the stream ends, by one answer of the leader.
    private struct Told {
        let last: Position
        /// The newest message that is still there.
        let newest: Position
    }

    /// The consumer that is followed.
    private struct Consumer {
        /// The number of the last message in the consumer's own counting.
        var number: UInt64 = 0
        var heardAt: NIODeadline
    }

    /// Since when it is not known that the node is current.
    private struct Doubt {
        let since: NIODeadline
        let time: WallTime
        var isTold = false
    }

    /// - Parameters:
    ///   - place: behind which messages are wanted.
    ///   - created: when the stream was made, if that is known.
    init(_ rules: TailRules = TailRules(), after place: Position, created: String? = nil) {
        (self.rules, self.place, self.created) = (rules, place, created)
    }

    /// Whether the node has all that the leader has told of.
    var isCurrent: Bool { doubt == nil && isCaughtUp }

    private var isCaughtUp: Bool {
        guard consumer != nil, let told else { return false }
        return place >= told.newest
    }

    /// Whether the last consumer was a good one, or none was needed yet.
    var isCalm: Bool { failures <= 1 }

    /// Up to here there is no message that has not come. It may be above ``place``, where the newest are gone.
    var reached: Position { isCaughtUp ? max(place, told?.last ?? 0) : place }

    // MARK: Before a consumer is made

    /// What the leader's word means for a tail that is about to make a consumer.
    enum Finding: Equatable {
        /// The stream goes on behind the place.
        case same
        /// Messages behind the place are not held any more, up to this one. The tail goes on behind it.
        case overtaken(Position)
        /// The stream ends before the place: its end was lost.
        case wentBack(Position)
        /// It is another stream.
        case madeAnew
    }

    /// The leader is about to be asked: what it says is not doubted.
    mutating func asks() { isDoubted = false }

    /// What the leader says of the stream may be of before.
    mutating func doubted() { isDoubted = true }

    /// The leader has told of the stream. After ``Finding/wentBack(_:)`` and ``Finding/madeAnew`` the tail has to be
    /// sent on by ``restart(after:created:)``.
    mutating func looked(_ look: StreamLook) -> Finding {
        guard created == nil || created == look.created else { return .madeAnew }
        created = look.created
        guard look.last >= place else { return .wentBack(look.last) }
        note(look)
        if look.floor > place {
            place = look.floor
            if !rules.hasHoles { overtaken = look.floor }
        }
        return overtaken.map(Finding.overtaken) ?? .same
    }

    /// It has been looked into what was lost, as ``recent`` told.
    mutating func settled(_ lost: EventWindow.Mark?) { recent.settle(lost) }

    private mutating func note(_ look: StreamLook) {
        // An older answer than one that has come says nothing new.
        guard look.last >= told?.last ?? 0 else { return }
        told = Told(last: look.last, newest: rules.hasHoles ? look.newest : look.last)
    }

    /// Goes on with another stream, or with this one from another place.
    mutating func restart(after place: Position, created: String) {
        if created == self.created { recent.drop(above: place) } else { recent = RecentPlaces() }
        (self.place, self.created) = (place, created)
        (told, consumer, overtaken) = (nil, nil, nil)
    }

    // MARK: Consumers

    /// A consumer was made that begins behind the place, and what is missing before it has been told.
    ///
    /// - Returns: whether it can be followed; if what the leader said is in doubt, another one is needed.
    @discardableResult
    mutating func opened(_ now: NIODeadline) -> Bool {
        guard !isDoubted else { return false }
        consumer = Consumer(heardAt: now)
        overtaken = nil
        settle()
        return true
    }

    /// The consumer is no more, or there could be none.
    ///
    /// - Parameter chance: from 0 to 1.
    /// - Returns: after what time to make another.
    mutating func lost(_ now: NIODeadline, _ time: WallTime, chance: Double) -> TimeAmount {
        // One that had brought all begins with the shortest wait.
        failures = isCaughtUp ? 1 : failures + 1
        (told, consumer) = (nil, nil)
        suspect(now, time)
        let doubled = rules.firstWait.nanoseconds << Int64(min(failures - 1, 10))
        let most = min(doubled, rules.longestWait.nanoseconds)
        return .nanoseconds(Int64(Double(most) * (0.5 + chance / 2)))
    }

    /// What to do with a message.
    enum Message: Equatable {
        /// It is the next one.
        case take
        /// It is the next one that there is: those before it, up to this place, are not held any more.
        case takeBehind(Position)
        /// It has been taken.
        case skip
        /// Something before it has not come, or another one was in its place: another consumer is needed.
        case renew
    }

    /// - Parameters:
    ///   - message: its place.
    ///   - isEmpty: whether it says nothing.
    mutating func received(_ message: ConsumerPlace, isEmpty: Bool = false, _ now: NIODeadline) -> Message {
        guard let former = consumer?.number, message.number == former + 1 else { return .renew }
        consumer?.number = message.number
        consumer?.heardAt = now
        guard message.sequence > place else {
            return recent.compare(message) ? .skip : .renew
        }
        let isNext = message.sequence == place + 1 || rules.hasHoles
        place = message.sequence
        recent.add(message, isEmpty: isEmpty)
        settle()
        return isNext ? .take : .takeBehind(message.sequence - 1)
    }

    /// The next message is too large to be taken.
    ///
    /// - Returns: its place, where messages have no holes between them.
    mutating func passed(_ now: NIODeadline) -> Position {
        consumer?.number += 1
        consumer?.heardAt = now
        place += rules.hasHoles ? 0 : 1
        return place
    }

    /// The server says that it has nothing at present.
    ///
    /// - Parameter number: of the last message that the consumer has sent; nothing where it does not say.
    /// - Returns: whether what it has sent has come; if not, another consumer is needed.
    mutating func heard(number: UInt64?, _ now: NIODeadline) -> Bool {
        guard let former = consumer?.number else { return false }
        consumer?.heardAt = now
        return number.map { $0 == former } ?? true
    }

    // MARK: While there is a consumer

    /// The leader has been asked again.
    ///
    /// - Parameter asked: the place when it was asked: messages come meanwhile.
    /// - Returns: whether the stream is as the consumer's; if not, another one is needed.
    mutating func compared(
        _ look: StreamLook, asked: Position, _ now: NIODeadline, _ time: WallTime
    ) -> Bool {
        guard consumer != nil else { return true }
        let isSame = created == look.created && look.last >= asked && (look.floor <= place || rules.hasHoles)
        guard isSame else {
            suspect(now, time)
            return false
        }
        note(look)
        if !isCaughtUp { suspect(now, time) }
        settle()
        return true
    }

    /// The leader has been asked for a message that has been taken.
    ///
    /// - Parameter storedAt: of the message in its place; nothing when there is none: it may be too old.
    /// - Returns: whether it is that one; if not, another consumer is needed.
    mutating func compared(
        _ mark: EventWindow.Mark, storedAt: ServerTime?, _ now: NIODeadline, _ time: WallTime
    ) -> Bool {
        guard let storedAt, storedAt != mark.storedAt else { return true }
        recent.lose(mark)
        suspect(now, time)
        return false
    }

    /// The leader does not answer.
    mutating func lookFailed(_ now: NIODeadline, _ time: WallTime) {
        suspect(now, time)
        // Nobody knows any more where the stream ends. The next answer says.
        told = nil
    }

    private mutating func suspect(_ now: NIODeadline, _ time: WallTime) {
        if doubt == nil { doubt = Doubt(since: now, time: time) }
    }

    /// Ends the doubt when the consumer has brought what the leader has told of.
    private mutating func settle() {
        guard isCaughtUp else { return }
        failures = 0
        isResumed = isResumed || doubt?.isTold ?? false
        doubt = nil
    }

    // MARK: Telling

    /// What to do because time has passed, or something has come.
    enum Tick: Equatable {
        case nothing
        /// The consumer has not been heard of for too long: another one is needed.
        case renew
        /// To be told, once: the node may be late since then.
        case interrupted(since: WallTime)
        /// To be told, once: the node is current again.
        case resumed
    }

    /// - Parameter mayResume: whether all that was taken has been told.
    mutating func ticked(_ now: NIODeadline, mayResume: Bool = true) -> Tick {
        if isResumed, mayResume {
            isResumed = false
            return .resumed
        }
        if let doubt, !doubt.isTold, doubt.since + rules.patience <= now {
            self.doubt?.isTold = true
            return .interrupted(since: doubt.time)
        }
        guard let consumer, consumer.heardAt + rules.silence <= now else { return .nothing }
        return .renew
    }
}
