// One consumer after another, and what they send.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import Synchronization

extension StreamTail {
    func keepFollowing() async {
        while !Task.isCancelled {
            do throws(JetStreamError) {
                try await follow()
            } catch {
                state.withLock { $0.failure = error }
            }
            let wait = state.withLock { state -> TimeAmount in
                state.subscription = nil
                return state.machine.lost(.now(), hands.clock(), chance: hands.chance)
            }
            await pause(wait)
        }
    }

    /// Makes a consumer and reads it until another one is needed.
    private func follow() async throws(JetStreamError) {
        state.withLock { $0.machine.asks() }
        let look = try await look()
        try await prepare(look)
        let consumer = try await placeConsumer(behind: state.withLock { $0.machine.place }, look)
        defer { delete(consumer) }
        let subscription: NATSSubscription
        do throws(NATSError) {
            subscription = try await api.client.subscribe(SubjectFilter(try Subject(consumer.inbox)))
        } catch {
            throw JetStreamError(.client(error), of: "subscribe")
        }
        defer { subscription.unsubscribe() }
        let isOpen = state.withLock { state in
            (state.subscription, state.failure) = (subscription, nil)
            return state.machine.opened(.now())
        }
        guard isOpen else { return }
        passHole()
        tell()
        try await read(subscription)
    }

    /// Finds out where to go on.
    private func prepare(_ look: StreamLook) async throws(JetStreamError) {
        let (finding, place, recent) = state.withLock {
            ($0.machine.looked(look), $0.machine.place, $0.machine.recent)
        }
        if let other = try await reader.begin(look, finding, at: place, recent) {
            let missing = state.withLock { state in
                state.machine.restart(after: other, created: look.created)
                state.former = nil
                return state.machine.looked(look)
            }
            if case .overtaken(let floor) = missing { reader.skip(to: floor) }
        }
        state.withLock { $0.machine.settled(recent.lost) }
        reader.looked(look, isCurrent: false)
    }

    private func read(_ subscription: NATSSubscription) async throws(JetStreamError) {
        var deliveries = subscription.makeAsyncIterator()
        do throws(NATSError) {
            while let first = try await deliveries.next() {
                state.withLock { $0.isTaking = true }
                let isGood = await take(subscription.takeWaiting(behind: [first], most: Self.batch))
                passHole()
                state.withLock { $0.isTaking = false }
                tell()
                guard isGood else { return }
            }
        } catch {
            throw JetStreamError(.client(error), of: "tail of \(stream)")
        }
    }

    private static let batch = 512

    /// Where messages go from the middle of the stream, the newest may be none that comes.
    private func passHole() {
        if rules.hasHoles { reader.skip(to: state.withLock { $0.machine.reached }) }
    }

    /// - Returns: whether the consumer can be read on.
    private func take(_ deliveries: [Delivery]) async -> Bool {
        for step in judge(deliveries) {
            switch step {
            case .take(let messages): await reader.take(messages)
            case .skip(let place): reader.skip(to: place)
            case .answer(let subject): api.client.publish(Publication(to: subject)) { _ in }
            case .renew: return false
            }
        }
        return true
    }

    /// Judges all at once, up to one behind which nothing counts.
    private func judge(_ deliveries: [Delivery]) -> [TailSteps.Step] {
        let now = NIODeadline.now()
        return state.withLock { state in
            var steps = TailSteps()
            for (index, delivery) in deliveries.enumerated() {
                steps.mostLeft = deliveries.count - index
                guard steps.judge(delivery, by: &state.machine, now) else { break }
            }
            return steps.all
        }
    }
}

/// What has to be done with a consumer's deliveries, in their order. A value.
private struct TailSteps {
    enum Step {
        case take([TailedMessage])
        /// Messages up to a place are missing here.
        case skip(Position)
        /// The server waits until it hears that what was before has been taken.
        case answer(Subject)
        case renew
    }

    /// How many deliveries there may be yet.
    var mostLeft = 0
    private var steps: [Step] = []
    /// The messages behind the last step.
    private var messages: [TailedMessage] = []

    var all: [Step] { messages.isEmpty ? steps : steps + [.take(messages)] }

    /// - Returns: whether what comes behind it counts.
    mutating func judge(_ delivery: Delivery, by machine: inout TailMachine, _ now: NIODeadline) -> Bool {
        switch delivery {
        case .missed(.oversized): return add(.skip(machine.passed(now)))
        case .missed: return add(.renew)
        case .message(let message): return judge(message, by: &machine, now)
        }
    }

    private mutating func judge(_ message: Message, by machine: inout TailMachine, _ now: NIODeadline) -> Bool {
        switch ConsumerWord(message) {
        case .foreign: return true
        case .flowControl(let reply): return add(.answer(reply))
        case .heartbeat(let number, let reply):
            guard machine.heard(number: number, now) else { return add(.renew) }
            return reply.map { add(.answer($0)) } ?? true
        case .message(let place):
            switch machine.received(place, isEmpty: message.isEmpty, now) {
            case .take: break
            case .takeBehind(let missing): _ = add(.skip(missing))
            case .skip: return true
            case .renew: return add(.renew)
            }
            if messages.isEmpty { messages.reserveCapacity(mostLeft) }
            messages.append(TailedMessage(place: place, message: message))
            return true
        }
    }

    /// - Returns: whether what comes behind it counts.
    private mutating func add(_ step: Step) -> Bool {
        if !messages.isEmpty { steps.append(.take(messages)) }
        messages = []
        steps.append(step)
        if case .renew = step { return false }
        return true
    }
}
