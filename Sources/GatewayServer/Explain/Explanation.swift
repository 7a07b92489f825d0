// Why a user's stream has an event, or has not: derived from when the event was told of, for whom, and from how far
// each stream was sent the log. A value. Nothing was noted per stream and event, so it says what follows from these,
// and "perhaps" where the gateway's knowledge ends: what was written to a socket, its client may not have read.

internal import EventLog

/// What became of one event for one user.
struct Explanation: Sendable, Equatable {
    /// Where the event is.
    enum Place: String, Sendable {
        case held = "in the log"
        case letGo = "the log has let go of it (log.retention)"
        case unknown = "no such event in this log: it is newer than the log's newest"
        case otherEpoch = "of another epoch: that log is gone (see sluice.gap)"
    }

    /// What became of it for one stream.
    enum Fate: Sendable, Equatable {
        case sent(Arrival)
        /// The same, from the log.
        case replayed(Arrival)
        /// It went past the stream, which may have read it behind its ttl, and passed over it then.
        case perhapsExpired
        /// It went past the stream, which may have been told a gap in its place.
        case perhapsLost
        case notSubscribed
        case beganBehindIt
        case endedBefore
        case endedWithoutIt(reason: String)
        case expired
        case behind
        case delayed
        case waiting
        /// What is known of the stream is of another epoch, whose positions are others.
        case otherEpoch
    }

    struct Stream: Sendable, Equatable {
        let account: StreamAccount
        let fate: Fate
    }

    let id: LoggedEventID
    let user: String
    let place: Place
    /// Nothing when it is no longer remembered (`explain.bytes`), or never was.
    let event: EventDiary.Entry?
    let streams: [Stream]
    /// Event loops that have streams of the user and did not say which.
    let silentLoops: [Int]

    /// - Parameters:
    ///   - epoch: the log's.
    ///   - later: the events that were told of behind it.
    ///   - streams: of the user, ended and open.
    ///   - silentLoops: those that have more of them, and did not answer.
    init(
        _ id: LoggedEventID, for user: String, epoch: Epoch, extent: LogExtent, event: EventDiary.Entry?,
        later: [EventDiary.Entry] = [], streams: [StreamAccount], silentLoops: [Int] = [], now: WallTime
    ) {
        self.silentLoops = silentLoops
        (self.id, self.user) = (id, user)
        if id.epoch != epoch {
            place = .otherEpoch
        } else if id.sequence > extent.head {
            place = .unknown
        } else {
            place = id.sequence > extent.floor ? .held : .letGo
        }
        let event = id.epoch == epoch ? event : nil
        self.event = event
        let isHeld = place == .held
        self.streams =
            event.map { event in
                streams.map { account in
                    let isOther = account.epoch.map { $0 != epoch } ?? false
                    let fate =
                        isOther
                        ? .otherEpoch
                        : Self.fate(of: event, isHeld: isHeld, for: account, now: now) {
                            Arrival(of: event, later: later, at: account, floor: extent.floor)
                        }
                    return Stream(account: account, fate: fate)
                }
            } ?? []
    }

    /// By positions first: clocks may be set back.
    private static func fate(
        of event: EventDiary.Entry, isHeld: Bool, for stream: StreamAccount, now: WallTime, arrival: () -> Arrival
    ) -> Fate {
        guard stream.wants(event.audience) else { return .notSubscribed }
        // It waits for an id that this gateway has not heard of yet: nothing has been sent to it.
        if stream.from == .max { return stream.ended.map { .endedWithoutIt(reason: $0.reason) } ?? .waiting }
        if stream.from >= event.sequence { return .beganBehindIt }
        if stream.last >= event.sequence {
            // What the log still holds was in no gap: its floor only rises.
            if !isHeld { return .perhapsLost }
            if event.expiresAt != nil { return .perhapsExpired }
            return stream.since > event.toldAt ? .replayed(arrival()) : .sent(arrival())
        }
        if let ended = stream.ended {
            return ended.at < event.toldAt ? .endedBefore : .endedWithoutIt(reason: ended.reason)
        }
        if let end = event.expiresAt, end <= now { return .expired }
        if stream.isDelayed { return .delayed }
        return stream.isBehind ? .behind : .waiting
    }
}

// MARK: - In words

extension Explanation.Fate {
    /// One word, for programs.
    var code: String {
        switch self {
        case .sent: "sent"
        case .replayed: "replayed"
        case .perhapsExpired: "perhaps-expired"
        case .perhapsLost: "perhaps-lost"
        case .notSubscribed: "not-subscribed"
        case .beganBehindIt: "began-behind-it"
        case .endedBefore: "ended-before"
        case .endedWithoutIt: "ended-without-it"
        case .expired: "expired"
        case .behind: "behind"
        case .delayed: "delayed"
        case .waiting: "waiting"
        case .otherEpoch: "other-epoch"
        }
    }

    /// How far it has come, where it was written.
    var arrival: Arrival? {
        switch self {
        case .sent(let arrival), .replayed(let arrival): arrival
        default: nil
        }
    }

    /// What it means, and what to look at.
    var words: String {
        switch self {
        case .sent(let arrival): "written to its connection" + arrival.words
        case .replayed(let arrival):
            "written from the log, because the stream came back behind an older id" + arrival.words
        case .perhapsExpired:
            "the stream has gone past it: written, or perhaps passed over, because its ttl was over when the stream "
                + "read it"
        case .perhapsLost:
            "the stream has gone past it: written, or perhaps lost in a gap that the stream was told of (sluice.gap), "
                + "because the log has let go of it"
        case .notSubscribed: "not subscribed: neither its user nor its topics are whom the event is for"
        case .beganBehindIt:
            "opened later, and asked for nothing older: its client had no id to go on from, or a newer one"
        case .endedBefore: "had ended before, by this machine's clock"
        case .endedWithoutIt(let reason):
            "ended (\(reason)) before it was sent; a client that comes back with its last id gets it, if it still may, "
                + "and if the log still has it"
        case .expired: "not yet, and its ttl is over: perhaps it is still sent, if it was held back in time"
        case .behind: "not yet: the stream reads the log, because its client is slower than its events"
        case .delayed: "not yet: the gateway is cut off from its log"
        case .waiting:
            "not yet: perhaps it waits behind what the client's socket has not taken, or its event loop is late"
        case .otherEpoch: "not known: what is known of this stream is of another epoch of the log"
        }
    }
}
