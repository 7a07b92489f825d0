// What the tail of the state stream brings: put into the node's table, where it waits for its note.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import Synchronization

/// Reads the state stream for a node.
final class StateReader: TailReader {
    private let follower: LogFollower
    private let epoch: [UInt8]
    private let contact = Mutex(StateContact(.now))

    /// For how long it stands in the stream that something was taken back.
    static let graveTime = TimeAmount.minutes(15)

    init(_ follower: LogFollower) {
        self.follower = follower
        epoch = Array(follower.subjects.epoch.utf8)
    }

    func take(_ messages: [TailedMessage]) async {
        var isEpochNew = false
        for tailed in messages {
            let isEpoch = tailed.message.subject.description.utf8.elementsEqual(epoch)
            let record = StateRecord(payload: tailed.message.payload, isEpoch: isEpoch)
            if record == nil { follower.reportUnreadable(at: tailed.place.sequence, "it is no state of this version") }
            if case .epoch(let record) = record, !follower.epoch.text.utf8.elementsEqual(record.epoch.utf8) {
                isEpochNew = true
            }
            if case .forgotten(let name) = record { follower.bury(name) }
            // Its end came while no node ran, or more of them ended at once than a node can note.
            if case .session(let session) = record, session.endsAt <= follower.hands.clock() {
                follower.bury(session.name)
            }
            follower.tellState { table in
                table.receive(record, at: tailed.place.sequence, .now())
                return nil
            }
        }
        contact.withLock { $0.heard(.now) }
        if isEpochNew { follower.relook() }
    }

    func skip(to place: Position) {
        follower.tellState { table in
            table.arrive(at: place)
            return nil
        }
    }

    func interrupted(since: WallTime) {}

    /// All that the stream has is here again.
    func resumed(at place: Position) { follower.tellState { $0.endReload() } }

    func looked(_ look: StreamLook?, isCurrent: Bool) {
        contact.withLock { $0.looked(isCurrent: isCurrent, .now) }
        guard let look else { return }
        follower.board.update { $0.stateFailure = nil }
        if let config = look.config { follower.compare(config, with: follower.settings.stateConfig) }
    }

    /// Without its stream nobody can be revoked or signed out, and no epoch be agreed on. While the servers can't be
    /// reached at all, the events' tail tells so.
    func failed(_ error: JetStreamError) {
        guard error.refusal == .streamNotFound else { return }
        let stream = follower.subjects.stateStream
        let error = EventLogError(
            .unavailable,
            "NATS has no stream \(stream) any more, and what it held is lost: restore it from a backup, or make it anew "
                + "with `sluice log create`", retrySeconds: 10)
        follower.board.update { $0.stateFailure = error }
    }

    /// A stream that was made anew, or went back, takes nothing back: what this node knows stays in force here. Which
    /// epoch there is it may not say any more.
    func begin(
        _ look: StreamLook, _ finding: TailMachine.Finding, at place: Position, _ recent: RecentPlaces
    ) async throws(JetStreamError) -> Position? {
        switch finding {
        case .madeAnew, .wentBack:
            follower.tellState { $0.restart(now: follower.hands.clock()) }
            follower.relook()
            return 0
        case .same, .overtaken:
            guard place > 0, contact.withLock({ $0.isTooOld(.now) }) else { return nil }
            follower.tellState { table in
                table.beginReload()
                return nil
            }
            return 0
        }
    }
}
