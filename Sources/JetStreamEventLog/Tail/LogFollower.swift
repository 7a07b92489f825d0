// A node's knowledge of the log: what it has tailed, what is in force, and whether that is current. It answers what an
// engine is asked except for appends. What reads, and what writes the state, stand in files of their own.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import Synchronization

/// Follows the two streams of a log for as long as it is open.
final class LogFollower: Sendable {
    let settings: JetStreamSettings
    let store: JetStreamStore
    let hands: FollowerHands
    /// Who waits for what the tail tells.
    let progress: TailProgress
    let board: HealthBoard
    let probe: PublishProbe
    let state: Mutex<State>
    let reads = Mutex(SharedReads<WaitingRead>(limit: 4))
    let readTally = Mutex(ReadTally())
    let orders: OrderLine
    let graves = Mutex(Graves())
    /// What keyed messages said that may have left the log.
    let keys: Mutex<KeyBook>
    /// Which epoch the stream has, for those who were not told by the tail.
    let epochLook = SharedLook<Epoch?>()
    /// How each stream's settings differ from what they have to be.
    let changes = Mutex<[String: [StreamDifference]]>([:])
    private let tails = Mutex<Tails?>(nil)

    /// What all threads see.
    struct State {
        var epoch: Epoch
        /// When the stream was made whose epoch that is, in the server's words.
        var created: String
        /// Where earlier epochs of the log ended.
        var ends: [Epoch: Position] = [:]
        var window: EventWindow
        /// The place before the oldest message that the stream has.
        var floor: Position
        /// When that message was stored; nothing while nobody knows.
        var firstAt: ServerTime?
        /// What the messages take up in the store, in bytes.
        var bytes: Int
        var table: StateTable
        var tail = Tail { _ in }
        /// Since when the node may be late; nothing while it is current.
        var lateSince: WallTime?
        /// Whether all that the streams had at opening is here.
        var isOpen = false
        var isClosed = false
        /// Those who wait until the state is known up to a sequence.
        var stateWaiters: [StateWaiter] = []
        var hasUnreadable = false
        /// Whether the servers give messages in batches.
        var hasBatches = false
        /// Since when the leader says that the stream has gone back.
        var wentBackSince: NIODeadline?
    }

    struct StateWaiter {
        /// Until it has been told, or only until it has come.
        let isForTelling: Bool
        let sequence: Position
        let until: NIODeadline
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct Tails {
        let events: StreamTail
        let state: StreamTail
        let tasks: [Task<Void, Never>]
    }

    var api: JetStreamAPI { store.api }
    var subjects: LogSubjects { settings.subjects }

    private init(
        _ settings: JetStreamSettings, _ store: JetStreamStore, _ board: HealthBoard, _ probe: PublishProbe,
        _ hands: FollowerHands, epoch: Epoch, _ look: StreamLook
    ) {
        (self.settings, self.store, self.board, self.probe, self.hands) = (settings, store, board, probe, hands)
        let place = Self.start(look)
        progress = TailProgress(in: epoch, at: place)
        keys = Mutex(KeyBook(limit: settings.limits.keys, seconds: settings.limits.keySeconds))
        orders = OrderLine(patience: settings.publishing.limit)
        state = Mutex(
            State(
                epoch: epoch, created: look.created,
                window: EventWindow(byteLimit: settings.windowBytes, after: place), floor: look.floor,
                firstAt: look.firstAt, bytes: look.bytes, table: StateTable(settings.limits)))
    }

    /// How many of the newest messages a node reads when it begins.
    static let fill: Position = 10_000

    /// Where a node begins to read a stream that it does not know.
    static func start(_ look: StreamLook) -> Position { max(look.floor, look.last - min(look.last, fill)) }

    // MARK: Opening and closing

    /// Reads the state and the newest events, and goes on following both.
    ///
    /// - Parameter limit: how long that may take.
    static func open(
        _ settings: JetStreamSettings, _ store: JetStreamStore, _ opened: JetStreamStore.Opened,
        _ board: HealthBoard, _ probe: PublishProbe, _ hands: FollowerHands, within limit: Duration = .seconds(30)
    ) async throws(EventLogError) -> LogFollower {
        let look = StreamLook(opened.events)
        let follower = LogFollower(settings, store, board, probe, hands, epoch: opened.epoch, look)
        follower.run(look, StreamLook(opened.state))
        guard await follower.isCurrent(within: limit) else {
            let failure = follower.failure
            await follower.close()
            throw failure?.eventLogError
                ?? EventLogError(.unavailable, "the streams could not be read within \(limit)")
        }
        do throws(JetStreamError) {
            try await follower.findHead(look)
        } catch {
            await follower.close()
            throw error.eventLogError
        }
        return follower
    }

    private func run(_ events: StreamLook, _ state: StreamLook) {
        var stateRules = TailRules()
        stateRules.hasHoles = true
        let stateTail = StreamTail(
            of: subjects.stateStream, subjects.allState, after: 0, created: state.created, stateRules, api, hands,
            StateReader(self))
        var eventsRules = TailRules()
        eventsRules.isNear = true
        let eventsTail = StreamTail(
            of: subjects.stream, subjects.allEvents, after: Self.start(events), created: events.created, eventsRules,
            api, hands, EventsReader(self))
        let tasks = [
            Task { await stateTail.run() }, Task(executorPreference: api.client.executor) { await eventsTail.run() },
            Task { await self.keepUp() },
            Task { await self.carryOutOrders() }, Task { await self.takeOutEnded() }, Task { await self.answerKeys() },
        ]
        tails.withLock { $0 = Tails(events: eventsTail, state: stateTail, tasks: tasks) }
    }

    private func isCurrent(within limit: Duration) async -> Bool {
        guard let (events, state) = tails.withLock({ $0.map { ($0.events, $0.state) } }) else { return false }
        let timer = Task {
            try await Task.sleep(for: limit)
            cancel()
        }
        defer { timer.cancel() }
        let areCurrent = await (state.current(), events.current())
        guard areCurrent.0, areCurrent.1 else { return false }
        tellState { $0.endReload() }
        tellState { $0.release(through: .max, now: self.hands.clock()) }
        self.state.withLock { $0.isOpen = true }
        return true
    }

    /// Why there is no contact, if there is none.
    var failure: JetStreamError? {
        tails.withLock { tails in tails.flatMap { $0.events.failure ?? $0.state.failure } }
    }

    /// Has the tail of the events look whether all is as it was.
    func relook() { tails.withLock { $0?.events }?.relook() }

    private func cancel() { tails.withLock { $0?.tasks }?.forEach { $0.cancel() } }

    /// Ends all that runs, and answers everyone.
    func close() async {
        state.withLock { $0.isClosed = true }
        orders.close()
        cancel()
        progress.interrupt()
        // Who waits for the state now, or soon, is answered: the log is closed.
        tellState { _ in nil }
        reads.withLock { $0.removeAll() }.forEach { $0.completion(.failure(.closedLog)) }
        for task in tails.withLock({ $0?.tasks ?? [] }) { await task.value }
    }
}

extension EventLogError {
    static let closedLog = EventLogError(.closed, "The log has been closed.")
}
