// Why a user's stream has an event, or has not: derived from when the event was told of, for whom, and from how far
// each stream was sent the log. A value. Nothing was noted per stream and event, so it says what follows from these,
// and where the gateway's knowledge ends: what a socket has taken, its client may still not have read.

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
        case sent(unsentBytes: Int)
        case replayed
        case notSubscribed
        case beganBehindIt
        case endedBefore
        case endedWithoutIt(reason: String)
        case expired
        case behind
        case delayed
        case waiting
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

    /// - Parameters:
    ///   - epoch: the log's.
    ///   - streams: of the user, ended and open.
    init(
        _ id: LoggedEventID, for user: String, epoch: Epoch, extent: LogExtent, event: EventDiary.Entry?,
        streams: [StreamAccount], now: WallTime
    ) {
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
        self.streams =
            event.map { event in
                streams.map { Stream(account: $0, fate: Self.fate(of: event, for: $0, now: now)) }
            } ?? []
    }

    private static func fate(of event: EventDiary.Entry, for stream: StreamAccount, now: WallTime) -> Fate {
        if let ended = stream.ended, ended.at < event.toldAt { return .endedBefore }
        if stream.from >= event.sequence { return .beganBehindIt }
        guard stream.wants(event.audience) else { return .notSubscribed }
        if stream.last >= event.sequence {
            return stream.since > event.toldAt ? .replayed : .sent(unsentBytes: stream.unsentBytes)
        }
        if let ended = stream.ended { return .endedWithoutIt(reason: ended.reason) }
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
        case .notSubscribed: "not-subscribed"
        case .beganBehindIt: "began-behind-it"
        case .endedBefore: "ended-before"
        case .endedWithoutIt: "ended-without-it"
        case .expired: "expired"
        case .behind: "behind"
        case .delayed: "delayed"
        case .waiting: "waiting"
        }
    }

    /// What it means, and what to look at.
    var words: String {
        switch self {
        case .sent(unsentBytes: 0):
            "written to its socket, which has taken it; whether the client has read it, it alone knows"
        case .sent(let bytes):
            "written; \(bytes) bytes to this client wait for its socket, which takes none: the client does not read"
        case .replayed: "sent from the log, because the stream came back behind an older id"
        case .notSubscribed: "not subscribed: neither its user nor its topics are whom the event is for"
        case .beganBehindIt:
            "opened later, and asked for nothing older: its client had no id to go on from, or a newer one"
        case .endedBefore: "had ended before"
        case .endedWithoutIt(let reason):
            "ended (\(reason)) before it was sent; its client gets it when it comes back with its last id"
        case .expired: "not sent: its ttl was over before the stream could take it"
        case .behind: "not yet: the stream reads the log, because its client is slower than its events"
        case .delayed: "not yet: the gateway is cut off from its log"
        case .waiting: "not yet: it waits behind what the client's socket has not taken"
        }
    }
}
