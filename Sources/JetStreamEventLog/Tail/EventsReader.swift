// What the tail of the events stream brings, told to the log: events, notes, and that the stream is another one or has
// gone back.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import Synchronization

/// Reads the events stream for a node.
struct EventsReader: TailReader {
    private let follower: LogFollower
    private let note: [UInt8]

    init(_ follower: LogFollower) {
        self.follower = follower
        note = Array(follower.subjects.note.utf8)
    }

    func take(_ messages: [TailedMessage]) async {
        var (events, place) = (TailedEvents(room: messages.count), Position(0))
        // Only this task changes it.
        let epoch = follower.epoch
        for tailed in messages {
            place = tailed.place.sequence
            guard !tailed.message.readSubject({ isNote($0) }) else {
                follower.tell(events, through: place - 1)
                events = TailedEvents()
                await takeNote(tailed.message)
                continue
            }
            if let event = event(tailed, in: epoch) { events.append(event, storedAt: tailed.place.storedAt) }
        }
        follower.tell(events, through: place)
    }

    private func isNote(_ subject: Span<UInt8>) -> Bool {
        subject.count == note.count && note.indices.allSatisfy { subject[$0] == note[$0] }
    }

    private func event(_ tailed: TailedMessage, in epoch: Epoch) -> LoggedEvent? {
        let id = LoggedEventID(epoch: epoch, sequence: tailed.place.sequence)
        do throws(EventMessage.Unreadable) {
            let content = try EventMessage(payload: tailed.message.payload)
            if let digest = content.digest { note(digest, content.streams, tailed) }
            return content.event(at: id)
        } catch {
            follower.reportUnreadable(at: id.sequence, error.why)
            return nil
        }
    }

    /// Keeps what a retry of its request is compared with when the event has left the log.
    private func note(_ digest: String, _ streams: Int, _ tailed: TailedMessage) {
        guard let headers = try? tailed.message.headers(), let name = headers.first(MessageID.header),
            let entry = KeyBook.Entry(name: name, digest: digest, streams: streams)
        else { return }
        let place = tailed.place
        follower.keys.withLock { $0.note(entry, at: place.sequence, storedAt: place.storedAt) }
    }

    private func takeNote(_ message: Message) async {
        guard let note = StateNote(payload: message.payload) else {
            if let order = DisconnectNote.order(in: message.payload) {
                follower.tell(.disconnected(order))
            } else if let renewal = RenewalNote.renewal(in: message.payload) {
                follower.tell(.renewed(renewal))
            }
            return
        }
        await awaitState(note.state)
        follower.tellState {
            $0.release(through: note.state, asked: note.question, now: follower.hands.clock())
        }
    }

    /// A node that opens reads the state to its end, and tells nobody before: there is no order to keep yet.
    private func awaitState(_ sequence: Position) async {
        guard follower.state.withLock({ $0.isOpen && $0.table.isExpected(sequence) }) else { return }
        await follower.stateKnown(sequence, isTold: false, within: StateTable.patience)
        follower.state.withLock { $0.table.waited(for: sequence) }
    }

    func skip(to place: Position) { follower.tellMissing(through: place) }

    func interrupted(since: WallTime) { follower.tellInterrupted(since: since) }

    func resumed(at place: Position) { follower.tellResumed(at: place) }

    func looked(_ look: StreamLook?, isCurrent: Bool) {
        guard let look else { return }
        follower.state.withLock { ($0.floor, $0.firstAt, $0.bytes) = (look.floor, look.firstAt, look.bytes) }
        if let config = look.config { follower.compare(config, with: follower.settings.eventsConfig) }
    }

    func begin(
        _ look: StreamLook, _ finding: TailMachine.Finding, at place: Position, _ recent: RecentPlaces
    ) async throws(JetStreamError) -> Position? {
        try await follower.begin(look, finding, at: place, recent)
    }
}

/// Events in order, and when each was stored.
struct TailedEvents: Sendable {
    private(set) var events: [LoggedEvent] = []
    private(set) var times: [ServerTime] = []

    /// - Parameter room: how many are expected.
    init(room: Int = 0) {
        events.reserveCapacity(room)
        times.reserveCapacity(room)
    }

    mutating func append(_ event: LoggedEvent, storedAt: ServerTime) {
        events.append(event)
        times.append(storedAt)
    }
}

extension LogFollower {
    func reportUnreadable(at sequence: Position, _ why: String) {
        let isFirst = state.withLock { state in
            defer { state.hasUnreadable = true }
            return !state.hasUnreadable
        }
        if isFirst { hands.report(.unreadable(sequence: sequence, why: why)) }
    }
}
