// Does what a tail's machine decides: makes consumers, reads what they send, asks the leader, and watches the clock.
// One per node and stream, whatever the number of event streams that are open.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import Synchronization

/// A message of a stream, with its place.
struct TailedMessage: Sendable {
    let place: ConsumerPlace
    let message: Message
}

/// Who a tail brings its messages to. Only ``interrupted(since:)``, ``looked(_:isCurrent:)`` and ``failed(_:)`` are
/// called beside the others.
protocol TailReader: Sendable {
    /// A consumer is about to be made.
    ///
    /// - Parameters:
    ///   - finding: what has become of the stream since the last one.
    ///   - place: behind which the tail goes on.
    ///   - recent: what the tail has had last.
    /// - Returns: another place to go on from, if it has to; always after a stream that is another one, or went back.
    func begin(
        _ look: StreamLook, _ finding: TailMachine.Finding, at place: Position, _ recent: RecentPlaces
    ) async throws(JetStreamError) -> Position?

    /// The next messages.
    func take(_ messages: [TailedMessage]) async
    /// Messages up to here can't be had any more.
    func skip(to place: Position)
    func interrupted(since: WallTime)
    func resumed(at place: Position)
    /// What the leader says of the stream, from time to time; nothing when it does not answer.
    ///
    /// - Parameter isCurrent: whether the tail follows the stream, and has all that the leader has told of.
    func looked(_ look: StreamLook?, isCurrent: Bool)
    /// The leader has not answered the last question, or has refused it.
    func failed(_ error: JetStreamError)
}

extension TailReader {
    func failed(_ error: JetStreamError) {}
}

/// The tail of one stream, as it runs.
final class StreamTail: Sendable {
    let stream: String
    /// All of the stream's.
    let subjects: String
    let api: JetStreamAPI
    let rules: TailRules
    let reader: any TailReader
    let hands: FollowerHands
    let state: Mutex<State>
    /// Held while something is told: three tasks tell, and what was decided first has to be told first.
    private let telling = Mutex(())

    struct State {
        var machine: TailMachine
        /// Where the consumer's messages come.
        var subscription: NATSSubscription?
        /// Messages have been taken out, and not all been told.
        var isTaking = false
        /// What was the newest message at the last look: behind it may stand those of a stream that went back since.
        var former: EventWindow.Mark?
        /// Why there was no consumer, or no answer, last.
        var failure: JetStreamError?
        /// Those who wait until the node is current.
        var waiters: [CheckedContinuation<Bool, Never>] = []
        /// Whether the tail has ended: nobody waits for it any more.
        var isOver = false
    }

    init(
        of stream: String, _ subjects: String, after place: Position, created: String, _ rules: TailRules,
        _ api: JetStreamAPI, _ hands: FollowerHands, _ reader: any TailReader
    ) {
        (self.stream, self.subjects, self.rules) = (stream, subjects, rules)
        (self.api, self.hands, self.reader) = (api, hands, reader)
        state = Mutex(State(machine: TailMachine(rules, after: place, created: created)))
    }

    /// Runs until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await self.keepFollowing() }
            tasks.addTask { await self.keepLooking() }
            tasks.addTask { await self.keepTicking() }
        }
        settle(isOver: true)
    }

    /// Waits until the node has all that the leader has told of.
    ///
    /// - Returns: false when the tail has ended before.
    func current() async -> Bool {
        await withCheckedContinuation { waiter in
            state.withLock { $0.waiters.append(waiter) }
            settle()
        }
    }

    private var isCurrent: Bool { state.withLock { $0.machine.isCurrent } }

    /// Why the tail has no contact.
    var failure: JetStreamError? { state.withLock { $0.failure } }

    /// Has the leader asked again, and another consumer made, also when one is being made.
    func relook() {
        let subscription = state.withLock { state in
            state.machine.doubted()
            return state.subscription
        }
        subscription?.unsubscribe()
    }

    // MARK: Clock and leader

    private func keepTicking() async {
        while !Task.isCancelled {
            await pause(Self.tick)
            tell()
        }
    }

    private static let tick = TimeAmount.milliseconds(200)

    /// Tells what is to be told now.
    func tell() {
        telling.withLock { _ in
            let (tick, place) = state.withLock {
                ($0.machine.ticked(.now(), mayResume: !$0.isTaking), $0.machine.place)
            }
            switch tick {
            case .nothing: break
            case .renew: relook()
            case .interrupted(let since): reader.interrupted(since: since)
            case .resumed: reader.resumed(at: place)
            }
        }
        settle()
    }

    private func settle(isOver: Bool = false) {
        let (waiters, isOver) = state.withLock { state -> ([CheckedContinuation<Bool, Never>], Bool) in
            if isOver { state.isOver = true }
            guard state.isOver || state.machine.isCurrent && !state.isTaking else { return ([], false) }
            defer { state.waiters = [] }
            return (state.waiters, state.isOver)
        }
        waiters.forEach { $0.resume(returning: !isOver) }
    }

    private func keepLooking() async {
        while !Task.isCancelled {
            await pause(rules.lookInterval)
            let (asked, former, newest) = state.withLock { state in
                defer { state.former = state.machine.recent.newest }
                return (state.machine.place, state.former, state.machine.recent.newest)
            }
            do throws(JetStreamError) {
                let look = try await look()
                let isSame = state.withLock { $0.machine.compared(look, asked: asked, .now(), hands.clock()) }
                let isKept = try await isKept(former, unlessGoneOnFrom: newest)
                if isSame, isKept { reader.looked(look, isCurrent: isCurrent) } else { relook() }
            } catch {
                state.withLock { state in
                    state.failure = error
                    state.machine.lookFailed(.now(), hands.clock())
                }
                reader.looked(nil, isCurrent: false)
                reader.failed(error)
            }
            tell()
        }
    }

    /// Whether the stream still has what was the newest message at the look before. Where messages go from the middle
    /// nobody can say.
    private func isKept(
        _ former: EventWindow.Mark?, unlessGoneOnFrom newest: EventWindow.Mark?
    ) async throws(JetStreamError) -> Bool {
        guard !rules.hasHoles, let mark = former else { return true }
        let message = try await api.find(.sequence(mark.sequence), of: stream, timeout: Self.answerTime)
        return state.withLock { state in
            // The tail may have gone on from elsewhere meanwhile.
            guard state.former == newest else { return true }
            return state.machine.compared(mark, storedAt: message?.time, .now(), hands.clock())
        }
    }

    /// Asks the leader.
    func look() async throws(JetStreamError) -> StreamLook {
        var look = StreamLook(try await api.call(.info(of: stream), timeout: Self.answerTime))
        // A consumer brings no message that is gone, and does not say so: one that lags has nothing to bring either.
        guard rules.hasHoles, look.last > state.withLock({ $0.machine.reached }) else { return look }
        let newest = try await api.find(.last(subject: subjects), of: stream, timeout: Self.answerTime)
        look.newest = newest?.sequence ?? look.floor
        return look
    }

    static let answerTime = Duration.seconds(2)

    func pause(_ time: TimeAmount) async { try? await Task.sleep(for: .nanoseconds(time.nanoseconds)) }
}
