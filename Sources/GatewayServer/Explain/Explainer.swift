// Answers `GET /explain?user=…&event=…` of the admin listener, which `sluice explain` asks: it collects what is
// known, and has `Explanation` judge.

internal import EventHub
internal import EventLog
internal import StrictJSON

/// Explains what became of an event for a user.
struct Explainer: Sendable {
    let hub: EventHub
    let log: any EventLog
    let diary: EventDiary
    let clock: @Sendable () -> WallTime

    /// Of one user, so many open streams are looked at.
    private static let mostStreams = 1000

    /// - Returns: nothing for an id that no log of ours gives.
    func explain(_ event: String, for user: String) async -> [UInt8]? {
        guard let id = LoggedEventID(event) else { return nil }
        let open = await hub.streams(of: user, limit: Self.mostStreams).map { StreamAccount($0, of: user) }
        let explanation = Explanation(
            id, for: user, epoch: log.epoch, extent: log.extent,
            event: id.epoch == log.epoch ? diary.event(id.sequence) : nil,
            streams: diary.endedStreams(of: user) + open, now: clock())
        return explanation.json
    }
}

extension Explanation {
    /// For programs, and for `sluice explain`.
    var json: [UInt8] {
        var streams = JSONWriter()
        streams.array(self.streams) { stream, members in stream.write(to: &members) }
        var writer = JSONWriter()
        writer.object { members in
            members.string("event", "\(id)")
            members.string("user", user)
            members.string("place", place.rawValue)
            members.bool("remembered", event != nil)
            if let event {
                members.string("audience", event.audience.kind)
                members.bool("forUser", event.audience.names(user))
                members.string("toldAt", event.toldAt.description)
                if let end = event.expiresAt { members.string("expiresAt", end.description) }
            }
            members.raw("streams", streams.bytes)
        }
        return writer.bytes
    }
}

extension Explanation.Stream {
    fileprivate func write(to members: inout JSONMembers) {
        members.string("stream", account.name)
        members.string("since", account.since.description)
        if let ended = account.ended {
            members.string("endedAt", ended.at.description)
            members.string("reason", ended.reason)
        }
        members.strings("topics", account.topics)
        members.string("fate", fate.code)
        members.string("meaning", fate.words)
    }
}

extension Audience {
    /// Whether it names a user, or everyone. Who is in a topic, only streams say.
    fileprivate func names(_ user: String) -> Bool {
        switch self {
        case .user(let name): name == user
        case .users(let names): names.contains(user)
        case .topic: false
        case .everyone: true
        }
    }
}
