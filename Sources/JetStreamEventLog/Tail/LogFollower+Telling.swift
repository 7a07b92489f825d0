// What is told to the log's tail, in one order, and to those who wait for it.

internal import EventLog
internal import NIOCore
internal import Synchronization

extension LogFollower {
    var epoch: Epoch { state.withLock { $0.epoch } }
    var head: Position { state.withLock { $0.window.head } }

    var windowBytes: Int { state.withLock { $0.window.byteCount } }

    var extent: LogExtent {
        state.withLock { LogExtent(floor: min($0.floor, $0.window.head), head: $0.window.head, byteCount: $0.bytes) }
    }

    /// When the oldest event was stored: of the window where that has all of them, and otherwise of the oldest message,
    /// which is no event where it is a note.
    var oldestAt: WallTime? {
        state.withLock { state in
            guard state.window.head > state.floor else { return nil }
            return (state.window.oldest(above: state.floor) ?? state.firstAt)?.wallTime
        }
    }

    func end(of epoch: Epoch) -> Position? {
        state.withLock { $0.epoch == epoch ? nil : $0.ends[epoch] }
    }

    func follow(_ tail: Tail) {
        let now = hands.clock()
        state.withLock { state in
            state.tail = tail
            tail.take(.epochBegan(LoggedEventID(epoch: state.epoch, sequence: state.window.head)))
            // What has ended is still in the table until it is taken out of the stream.
            var (revocations, sessions) = (state.table.revocations, state.table.sessions)
            revocations.dropExpired(now)
            sessions.expire(now: now)
            let news = StateNews(revocations: revocations.all, sessions: SessionChange(kept: sessions.all))
            news.elements.forEach(tail.take)
            if let since = state.lateSince { tail.take(.interrupted(since: since)) }
        }
        tail.wake()
    }

    // MARK: Events

    /// - Parameters:
    ///   - tailed: what the messages were.
    ///   - place: of the last message that this is about, which may be no event.
    func tell(_ tailed: TailedEvents, through place: Position) {
        if !tailed.events.isEmpty {
            let tail = state.withLock { state in
                for index in tailed.events.indices {
                    state.window.append(tailed.events[index], storedAt: tailed.times[index])
                }
                state.tail.take(.events(tailed.events))
                return state.tail
            }
            tail.wake()
        }
        progress.advance(to: place)
    }

    /// Messages up to a place went before this node could read them.
    func tellMissing(through place: Position) {
        let tail = state.withLock { state in
            state.window.restart(after: place)
            if place > state.floor { (state.floor, state.firstAt) = (place, nil) }
            state.tail.take(.overtaken(place))
            return state.tail
        }
        tail.wake()
        progress.advance(to: place)
    }

    /// The log's events come behind another place, or under another epoch.
    func tell(_ epoch: Epoch, ends: [Epoch: Position], after place: Position, floor: Position, why: String) {
        let (tail, isLate) = state.withLock { state in
            (state.epoch, state.ends, state.floor, state.firstAt) = (epoch, ends, floor, nil)
            state.window.restart(after: place)
            state.tail.take(.epochBegan(LoggedEventID(epoch: epoch, sequence: place)))
            return (state.tail, state.lateSince != nil)
        }
        tail.wake()
        keys.withLock { $0.removeAll() }
        progress.begin(epoch, at: place)
        if isLate { progress.interrupt() }
        hands.report(.epochBegan(epoch, why: why))
    }

    /// What this node has had of a keyed message that has left the log.
    func memory(of sequence: Position) -> KeyMemory.Own {
        if let entry = keys.withLock({ $0.entry(at: sequence) }) { return .entry(entry) }
        return sequence > progress.position ? .notYet : .unknown
    }

    // MARK: State

    /// Changes what is known of the state, and tells of it.
    func tellState(_ change: (inout StateTable) -> StateNews?) {
        let (tail, ready) = state.withLock { state -> (Tail?, [StateWaiter]) in
            let news = change(&state.table)
            news?.elements.forEach(state.tail.take)
            return (news == nil ? nil : state.tail, state.takeReady(.now()))
        }
        tail?.wake()
        ready.forEach { $0.continuation.resume() }
    }

    /// Waits until the state stream's messages up to here have come, or have been told of, or the time is over.
    func stateKnown(_ sequence: Position, isTold: Bool, within limit: TimeAmount) async {
        await withCheckedContinuation { continuation in
            let waiter = StateWaiter(
                isForTelling: isTold, sequence: sequence, until: .now() + limit, continuation: continuation)
            let isThere = state.withLock { state in
                guard !state.isOver(waiter, .now()) else { return true }
                state.stateWaiters.append(waiter)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    // MARK: Contact

    func tellInterrupted(since: WallTime) {
        let why = failure?.description ?? "nothing has come from the stream for too long"
        let error = EventLogError(.unavailable, "the log's servers can't be reached: \(why)", retrySeconds: 1)
        let tail = state.withLock { state in
            state.lateSince = since
            state.tail.take(.interrupted(since: since))
            return state.tail
        }
        tail.wake()
        progress.interrupt()
        board.update { $0.cutOffSince = since }
        // It finds out by itself when events can be published again.
        probe.failed(error)
        hands.report(.interrupted(why))
    }

    func tellResumed(at place: Position) {
        let tail = state.withLock { state in
            state.lateSince = nil
            state.tail.take(.resumed)
            return state.tail
        }
        tail.wake()
        progress.resume(at: place)
        board.update { $0.cutOffSince = nil }
        hands.report(.resumed)
    }
}

extension LogFollower.State {
    /// Takes those who wait for state that is there, or have waited for too long.
    mutating func takeReady(_ now: NIODeadline) -> [LogFollower.StateWaiter] {
        let ready = stateWaiters.filter { isOver($0, now) }
        if !ready.isEmpty { stateWaiters = stateWaiters.filter { !isOver($0, now) } }
        return ready
    }

    func isOver(_ waiter: LogFollower.StateWaiter, _ now: NIODeadline) -> Bool {
        let known = waiter.isForTelling ? table.told : table.arrived
        return waiter.sequence <= known || waiter.until <= now || isClosed
    }
}
