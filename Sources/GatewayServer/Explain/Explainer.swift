// Answers `GET /explain?user=…&event=…` of the admin listener, which `sluice explain` asks: it collects what is
// known, and has `Explanation` judge.

internal import EventHub
internal import EventLog
internal import NIOCore
internal import StrictJSON
internal import Synchronization

/// Explains what became of an event for a user.
struct Explainer: Sendable {
    let hub: EventHub
    let log: any EventLog
    let diary: EventDiary
    /// Where the time is kept: it goes on whatever the others do.
    let eventLoop: any EventLoop
    let clock: @Sendable () -> WallTime

    /// Of one user, so many open streams of each event loop are looked at.
    private static let mostStreams = 1000
    /// How long event loops have to say what they have. One that stands still does not say it.
    static let patience = TimeAmount.seconds(2)

    /// - Parameter answer: gets the explanation in JSON, on any thread; nothing for an id that no log of ours gives.
    func explain(_ event: String, for user: String, _ answer: @escaping @Sendable ([UInt8]?) -> Void) {
        guard let id = LoggedEventID(event) else { return answer(nil) }
        let shards = hub.shards(of: user)
        let answers = LoopAnswers<StreamFacts>(from: shards.map(\.number)) { facts, silent in
            answer(explanation(id, user, facts, silent).json)
        }
        guard !shards.isEmpty else { return }
        eventLoop.scheduleTask(in: Self.patience) { answers.end() }
        for shard in shards {
            Task { answers.take(await facts(of: user, at: shard), from: shard.number) }
        }
    }

    private func facts(of user: String, at shard: HubShard) async -> [StreamFacts] {
        await shard.look(at: user, after: 0, limit: Self.mostStreams, asksSockets: true)
    }

    private func explanation(
        _ id: LoggedEventID, _ user: String, _ facts: [StreamFacts], _ silent: [Int]
    ) -> Explanation {
        let ended = diary.endedStreams(of: user)
        let names = Set(ended.map(\.name))
        // One that has ended since it was looked at is told of once.
        let open = facts.map { StreamAccount($0, of: user) }.filter { !names.contains($0.name) }
        let isOurs = id.epoch == log.epoch
        return Explanation(
            id, for: user, epoch: log.epoch, extent: log.extent, event: isOurs ? diary.event(id.sequence) : nil,
            later: isOurs && !open.isEmpty ? diary.events(behind: id.sequence) : [],
            streams: ended + open, silentLoops: silent, now: clock())
    }
}

/// What several event loops say, until all have or there is no more time.
private final class LoopAnswers<Element: Sendable>: Sendable {
    private struct State {
        var silent: [Int]
        var elements: [Element] = []
        var done: (@Sendable ([Element], _ silent: [Int]) -> Void)?
    }

    private let state: Mutex<State>

    /// - Parameter done: called once, with what was said and who has said nothing.
    init(from loops: [Int], _ done: @escaping @Sendable ([Element], _ silent: [Int]) -> Void) {
        state = Mutex(State(silent: loops, done: done))
        if loops.isEmpty { end() }
    }

    func take(_ elements: [Element], from loop: Int) {
        let isLast = state.withLock { state in
            state.silent.removeAll { $0 == loop }
            state.elements += elements
            return state.silent.isEmpty
        }
        if isLast { end() }
    }

    func end() {
        let over = state.withLock { state in
            defer { state.done = nil }
            return state
        }
        over.done?(over.elements, over.silent)
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
                members.string("toldAt", event.toldAt.precise)
                if let end = event.expiresAt { members.string("expiresAt", end.precise) }
            }
            members.raw("silentLoops", "[\(silentLoops.map(String.init).joined(separator: ","))]".utf8)
            members.raw("streams", streams.bytes)
        }
        return writer.bytes
    }
}

extension Explanation.Stream {
    fileprivate func write(to members: inout JSONMembers) {
        members.string("stream", account.name)
        members.string("since", account.since.precise)
        if let ended = account.ended {
            members.string("endedAt", ended.at.precise)
            members.string("reason", ended.reason)
        }
        members.strings("topics", account.topics)
        members.string("fate", fate.code)
        if let arrival = fate.arrival {
            members.string("arrival", arrival.code)
            if let bytes = account.unacknowledgedBytes { members.integer("unacknowledgedBytes", Int64(bytes)) }
        }
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
