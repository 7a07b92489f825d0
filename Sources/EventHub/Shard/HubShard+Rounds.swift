// What a shard does to many of its streams at once, in turns.

internal import EventLog
internal import NIOCore

extension HubShard {
    /// Begins to end streams as it was told to.
    func obey(_ order: EndOrder) {
        begin(StreamRound(index.streams(for: order.audience), .end(order)))
    }

    /// What is known of some of a user's streams, the oldest first.
    ///
    /// - Parameters:
    ///   - number: only those that were opened behind this one.
    ///   - limit: how many at most.
    ///   - asksSockets: whether to find out what is not acknowledged, which takes a system call for each.
    package func look(
        at user: String, after number: UInt64, limit: Int, asksSockets: Bool = false
    ) async -> [StreamFacts] {
        await withCheckedContinuation { continuation in
            let numbers = LowestNumbers(above: number, limit: limit)
            let work = StreamRound.Work.look(continuation, asksSockets: asksSockets)
            begin(StreamRound(index.streams(for: .user(user)), work, numbers: numbers))
        }
    }

    private func facts(of stream: HubStream, asksSocket: Bool) -> StreamFacts {
        let lastID = ahead[stream.id]?.id ?? eventID(stream.written)
        return StreamFacts(
            name: name(of: stream.id), since: stream.visit.since, address: stream.visit.address,
            agent: agents.name(stream.visit.agent), httpVersion: stream.visit.httpVersion,
            topics: stream.interest.topics, session: stream.session?.shortName, isBehind: stream.isBehind,
            lastEventID: lastID.description, from: stream.visit.from, isDelayed: stream.isDelayed,
            pendingBytes: stream.pendingBytes,
            unacknowledgedBytes: asksSocket ? stream.unacknowledgedBytes : nil)
    }

    // MARK: Turns

    func begin(_ round: StreamRound) {
        // What ends streams has a second for it, and goes ahead of what has not.
        let next = round.isUrgent ? rounds.firstIndex { !$0.isUrgent } : nil
        rounds.insert(round, at: next ?? rounds.count)
        if !isTakingRounds { takeTurn() }
    }

    /// Goes on with the first round. What it does may begin another one.
    private func takeTurn() {
        isTakingRounds = true
        var round = rounds.removeFirst()
        var (budget, isThrough) = (TurnBudget(until: eventLoop.now + TurnBudget.time), false)
        while !budget.isOver(at: eventLoop.now), !isThrough {
            if let stream = round.takeStream() { act(on: stream, in: &round, &budget) } else { isThrough = true }
        }
        if isThrough { finish(round) } else { putBack(round) }
        isTakingRounds = !rounds.isEmpty
        guard isTakingRounds else { return }
        // So that the loop looks at its sockets first.
        eventLoop.scheduleTask(in: Self.pause) { self.assumeIsolated { $0.takeTurn() } }
    }

    /// Goes on with a round before others of its kind.
    private func putBack(_ round: StreamRound) {
        let place = round.isUrgent ? 0 : rounds.firstIndex { !$0.isUrgent }
        rounds.insert(round, at: place ?? rounds.count)
    }

    private func act(on stream: HubStream, in round: inout StreamRound, _ budget: inout TurnBudget) {
        budget.spendLook()
        switch round.work {
        case .end(let order):
            guard let reason = order.reason(for: stream) else { return }
            budget.spendEnding()
            end(stream, reason)
            round.ended += 1
        case .look: round.numbers.insert(stream.id.number)
        case .enter(let former): enterAgain(stream, former: former)
        }
    }

    private func finish(_ round: StreamRound) {
        switch round.work {
        case .end(let order): order.tally?.shardIsDone(ended: round.ended)
        case .look(let continuation, let asksSockets):
            let found = round.numbers.sorted.compactMap { streams[StreamID(number: $0)] }
            continuation.resume(returning: found.map { facts(of: $0, asksSocket: asksSockets) })
        case .enter: break
        }
    }
}
