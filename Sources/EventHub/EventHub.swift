// The hub passes the tail of the event log on to the shards. It opens no sockets, and knows no HTTP.

package import EventLog
package import NIOCore
internal import Synchronization

/// Puts events into the log, and delivers each to the streams of exactly its audience.
package final class EventHub: Sendable {
    let context: HubContext
    let shards: [HubShard]
    private let shardsByLoop: [ObjectIdentifier: HubShard]
    private let tail: TailPlace
    let attendance: AttendanceBoard
    /// Shards that have events in their inbox and were not woken yet.
    private let owed = Mutex(ShardSet())
    /// Those who wait for how many streams a revocation ends, until the tail tells of it.
    let askers = Mutex([Revocation: [EndTally]]())
    /// This node's part in orders to end streams at several nodes.
    let membership = Mutex<Membership?>(nil)
    /// Tells the pages of this process from those of another.
    package let pageMark = UInt32.random(in: 0...UInt32.max)
    /// How long requests of publishers take, from their bodies to their answers.
    package let publishTimes = LatencyHistogram()
    /// How long the log takes for what they append.
    package let appendTimes = LatencyHistogram()
    /// How long events take from their acceptance to the sockets of streams that have room; one per shard.
    package let deliveryTimes: [LatencyHistogram]

    /// - Parameters:
    ///   - context: what all shards share.
    ///   - eventLoops: one shard each; at most ``ShardSet/capacity``.
    package init(context: HubContext, eventLoops: [any EventLoop]) {
        precondition(eventLoops.count <= ShardSet.capacity, "The hub has at most \(ShardSet.capacity) shards.")
        self.context = context
        let tail = TailPlace(LoggedEventID(epoch: context.log.epoch, sequence: context.log.head))
        self.tail = tail
        let attendance = AttendanceBoard(
            context.settings.presence, places: eventLoops.count, isShared: context.presence.isShared,
            now: eventLoops.first?.now ?? .now())
        self.attendance = attendance
        shards = eventLoops.enumerated().map { number, eventLoop in
            HubShard(
                number: number, of: eventLoops.count, eventLoop: eventLoop, context: context, tail: tail,
                board: attendance)
        }
        deliveryTimes = shards.map(\.deliveryHistogram)
        shardsByLoop = Dictionary(uniqueKeysWithValues: shards.map { (ObjectIdentifier($0.eventLoop), $0) })
        // Weak, because the shards hold the log.
        context.log.follow(
            Tail { [weak self] in
                self?.take($0)
            } wake: { [weak self] in
                self?.wake()
            })
    }

    /// The shard of the streams on `eventLoop`; nil for a loop that is not the hub's.
    package func shard(on eventLoop: any EventLoop) -> HubShard? {
        shardsByLoop[ObjectIdentifier(eventLoop)]
    }

    /// Puts events into the log. The log's tail delivers them.
    ///
    /// - Parameters:
    ///   - publisher: whose they are, for its share of the log.
    ///   - key: names a request that may be sent again: its events are appended once, and a retry gets the first
    ///     answer.
    ///   - since: when the request had come.
    ///   - completion: called when the events are in the log, on any thread; a receipt per event. A failure says which
    ///     of them are there all the same (``EventLogError/parts``).
    package func publish(
        _ events: [NewEvent], by publisher: String? = nil, key: PublishKey? = nil, since: Stamp = .unknown,
        completion: @escaping @Sendable (Result<[Receipt], EventLogError>) -> Void
    ) {
        append(events, by: publisher, key: key, since: since) { completion($0.map(\.receipts)) }
    }

    /// The same, and says whether a request came again whose events were in the log already.
    package func append(
        _ events: [NewEvent], by publisher: String?, key: PublishKey?, since: Stamp,
        completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void
    ) {
        // By their numbers, here and below: an element that is gone through is copied, with its name and data.
        let counts = events.indices.map { context.presence.streamCountOverNodes(for: events[$0].audience) }
        let start = context.stopwatch()
        let batch = EventBatch(events, streamCounts: counts, publisher: publisher, key: key, acceptedAt: start)
        context.log.append(batch) { [self] result in
            appendTimes.record(from: start, to: context.stopwatch())
            switch result {
            case .failure(let error): context.metrics.appendFailed(error, of: events)
            case .success(let appended):
                guard !appended.isRepeat else { break }
                for index in events.indices { context.metrics.published(events[index].audience) }
            }
            completion(result)
            publishTimes.record(from: since, to: context.stopwatch())
        }
    }

    /// Takes no new streams, and ends the open ones evenly over a window that begins now.
    package func drain(over window: TimeAmount) async {
        // All shards at once, so that a loop that stands still delays the streams of no other.
        await withTaskGroup { tasks in
            for (shard, offset) in zip(shards, drainOffsets) {
                tasks.addTask { await shard.drain(over: window, offset: offset) }
            }
        }
    }

    /// For each shard, the part of all streams that those before it have.
    var drainOffsets: [Double] {
        let counts = shards.map(\.streamCount)
        let all = Double(max(1, counts.reduce(0, +)))
        var before = 0
        return counts.map { count in
            defer { before += count }
            return Double(before) / all
        }
    }

    /// Ends the drain on each shard as soon as its event loop turns: the streams that are still open end now, and as
    /// those did that it ended in its time.
    package func endDrain() {
        for shard in shards { shard.eventLoop.execute { shard.assumeIsolated { $0.endDrain() } } }
    }

    /// Ends the streams that are open now evenly over a window, so that they find another node; takes new ones, and
    /// stops when the log is back.
    package func sendAway(over window: TimeAmount) {
        for (shard, offset) in zip(shards, drainOffsets) {
            shard.eventLoop.execute { shard.assumeIsolated { $0.sendAway(over: window, offset: offset) } }
        }
    }

    /// The time that the next client is told to wait before it reconnects. Each gets a number of its own.
    package var retryMilliseconds: UInt32 { context.retryMilliseconds }

    /// What the log holds for replay.
    package var logExtent: LogExtent { context.log.extent }

    /// How long commits of the log take; nothing for a log that has none of its own.
    package var syncTimes: LatencyHistogram? { context.log.syncTimes }

    /// When the oldest event that the log holds was appended; nothing where that is not known, or there is none.
    package var oldestEventAt: WallTime? { context.log.oldestAt }

    /// How many bytes the streams' buffers have.
    package var bufferedBytes: Int { shards.reduce(0) { $0 + $1.bufferedBytes.value } }

    /// The publish keys that the log knows.
    package var publishKeys: PublishKeyTally { context.log.publishKeys }

    /// How many streams are open.
    package var streamCount: Int { context.presence.streamCount(for: .everyone) }

    /// What is kept of who is in which topic.
    package var attendanceTally: AttendanceTally { attendance.tally }

    /// Puts other settings, limits and keys in force, for open streams too. Two settings stay as they were when a
    /// stream was opened: the size of its buffer, and how long ahead of its token's end it is told.
    ///
    /// - Parameter keys: the keys whose tokens are accepted. Streams of other keys end at once, with a last event.
    package func adopt(_ settings: StreamSettings, _ limits: StreamLimits, keys: Set<UInt64>) {
        context.presence.adopt(limits, settings.retry)
        let presence = attendance.adopt(settings.presence, now: shards.first?.eventLoop.now ?? .now())
        for shard in shards {
            shard.eventLoop.execute { [count = shards.count] in
                shard.assumeIsolated {
                    $0.adopt(
                        settings, bufferTotal: settings.bufferTotalBytes / count, keys: keys, presence: presence)
                }
            }
        }
    }

    /// The shards that have streams of a user.
    package func shards(of user: String) -> [HubShard] {
        let set = context.presence.shards(for: .user(user))
        return shards.enumerated().filter { set.contains($0.offset) }.map(\.element)
    }

    // MARK: The tail

    /// Passes on what happens to the log. The log calls it in order, and each inbox keeps that order.
    private func take(_ element: TailElement) {
        switch element {
        case .events(let events): route(events)
        case .epochBegan(let place): tail.begin(place) { postToAll { $0.begin(place) } }
        case .overtaken(let place): skip(to: place)
        case .interrupted(let since): postToAll { $0.lost(since: since) }
        case .resumed: postToAll { $0.regained() }
        case .revoked(let revocations, let question): revoke(revocations, for: question)
        case .sessions(let change):
            endStreams(of: context.sessions.apply(change))
            if context.log.isShared { change.kept.compactMap(\.renewal).forEach(renew) }
        case .disconnected(let order): carryOut(order)
        case .renewed(let renewal): renew(renewal)
        }
    }

    /// Has all streams read the log, which tells them of the gap.
    private func skip(to place: Position) {
        let firstLost = tail.current.sequence + 1
        guard place >= firstLost else { return }
        tail.advance(to: place)
        postToAll { $0.lose(from: firstLost) }
    }

    /// Posts events to the shards that have streams for them.
    private func route(_ events: [LoggedEvent]) {
        guard let newest = events.last?.sequence else { return }
        let events = stamped(events)
        // Before the lookup of the shards: a stream that the lookup does not find begins behind these events.
        tail.advance(to: newest)
        context.metrics.told(events)
        var asleep = ShardSet()
        for event in events {
            let audience = context.presence.shards(for: event.audience)
            for (number, shard) in shards.enumerated() where audience.contains(number) && shard.inbox.post(event) {
                asleep.insert(number)
            }
        }
        owed.withLock { $0.formUnion(asleep) }
    }

    /// Of events that another node may have accepted, the arrival here counts.
    private func stamped(_ events: [LoggedEvent]) -> [LoggedEvent] {
        guard events.first?.acceptedAt.isKnown == false else { return events }
        let now = context.stopwatch()
        return events.map {
            var event = $0
            event.accepted(at: now)
            return event
        }
    }

    /// The moment that it is, for ``publish(_:by:key:since:completion:)``.
    package var now: Stamp { context.stopwatch() }

    /// Has some shards do something with streams, behind the events that were posted before.
    func post(_ order: ShardOrder, to some: [HubShard]) {
        var asleep = ShardSet()
        for shard in some where shard.inbox.post(inOrder: order) { asleep.insert(shard.number) }
        owed.withLock { $0.formUnion(asleep) }
    }

    func postToAll(_ post: (ShardInbox) -> Bool) {
        var asleep = ShardSet()
        for (number, shard) in shards.enumerated() where post(shard.inbox) { asleep.insert(number) }
        owed.withLock { $0.formUnion(asleep) }
    }

    /// Wakes the shards that have events and were not woken yet. It takes a system call, so it comes after the log's
    /// lock.
    func wake() {
        let asleep = owed.withLock { owed in
            defer { owed = ShardSet() }
            return owed
        }
        for (number, shard) in shards.enumerated() where asleep.contains(number) {
            shard.eventLoop.execute { shard.assumeIsolated { $0.deliver() } }
        }
    }
}

extension HubMetrics {
    /// The log did not take a batch, or, where the error says so, not all of it.
    fileprivate func appendFailed(_ error: EventLogError, of events: [NewEvent]) {
        let isPublishersFault = error.code == .keyReused || error.code == .tooLarge
        if !isPublishersFault { publishFailed(error.code) }
        guard !error.isRepeat else { return }
        for (event, part) in zip(events, error.parts) where (try? part.get()) != nil { published(event.audience) }
    }
}
