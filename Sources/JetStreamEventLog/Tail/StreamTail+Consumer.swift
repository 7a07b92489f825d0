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
                let isGood = await take([first] + subscription.takeWaiting(most: Self.batch))
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
        var messages: [TailedMessage] = []
        func flush() async {
            if !messages.isEmpty { await reader.take(messages) }
            messages = []
        }
        for step in judge(deliveries) {
            switch step {
            case .ignore: continue
            case .take(let message): messages.append(message)
            case .skip(let place, let message):
                await flush()
                reader.skip(to: place)
                if let message { messages.append(message) }
            case .answer(let subject):
                await flush()
                api.client.publish(Publication(to: subject)) { _ in }
            case .renew:
                await flush()
                return false
            }
        }
        await flush()
        return true
    }

    private enum Step {
        case ignore
        case take(TailedMessage)
        /// Messages up to a place are missing before this one.
        case skip(Position, TailedMessage?)
        /// The server waits until it hears that what was before has been taken.
        case answer(Subject)
        case renew
    }

    /// Judges all at once, up to one behind which nothing counts.
    private func judge(_ deliveries: [Delivery]) -> [Step] {
        let now = NIODeadline.now()
        return state.withLock { state in
            var steps: [Step] = []
            steps.reserveCapacity(deliveries.count)
            for delivery in deliveries {
                let step = Self.judge(delivery, by: &state.machine, now)
                steps.append(step)
                if case .renew = step { break }
            }
            return steps
        }
    }

    private static func judge(_ delivery: Delivery, by machine: inout TailMachine, _ now: NIODeadline) -> Step {
        switch delivery {
        case .missed(.oversized): return .skip(machine.passed(now), nil)
        case .missed: return .renew
        case .message(let message):
            switch ConsumerWord(message) {
            case .foreign: return .ignore
            case .flowControl(let reply): return .answer(reply)
            case .heartbeat(let number, let reply):
                guard machine.heard(number: number, now) else { return .renew }
                return reply.map { .answer($0) } ?? .ignore
            case .message(let place):
                let tailed = TailedMessage(place: place, message: message)
                let isEmpty = message.payload.readableBytes == 0
                switch machine.received(place, isEmpty: isEmpty, now) {
                case .take: return .take(tailed)
                case .takeBehind(let missing): return .skip(missing, tailed)
                case .skip: return .ignore
                case .renew: return .renew
                }
            }
        }
    }
}
