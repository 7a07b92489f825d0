// The streams of one event loop. All of this runs on that loop, without locks, awaits and reentrancy.

package import EventLog
package import NIOCore

/// One actor per event loop, on that loop's executor.
///
/// A channel handler on the loop enters it by `assumeIsolated`, which costs no hop. Events come from the log through
/// the inbox: one hop for all that have gathered, then a loop over the streams that they are for.
package actor HubShard {
    package nonisolated let eventLoop: any EventLoop
    private nonisolated let executor: any SerialExecutor
    nonisolated let inbox: ShardInbox
    /// Which of the hub's shards it is, from 0.
    package nonisolated let number: Int
    let log: any EventLog
    let context: HubContext
    private let presence: PresenceBoard
    let board: AttendanceBoard
    var attendance: AttendanceDesk
    var settings: StreamSettings
    /// The keys whose tokens are accepted; nil until somebody has set them.
    private var keys: Set<UInt64>?
    let metrics: any HubMetrics
    var index = ShardIndex()
    var streams: [StreamID: HubStream] = [:]
    private nonisolated let shownStreams = ShownNumber()
    private(set) var lastStreamNumber: UInt64 = 0
    var wheel: TimerWheel<HubStream>
    var timer: RepeatedTask?
    var drain: DrainSchedule?
    /// The streams that are sent to other nodes.
    var departure: Departure?
    private var buffers: BufferAccount
    /// What the account has, for who asks on another thread.
    nonisolated let bufferedBytes = ShownNumber()
    let tail: TailPlace
    /// Of the streams' places. The tail may be in another for a moment: then the inbox knows.
    var epoch: Epoch
    var contact: LogContact
    /// The same for reads, which may fail while the tail goes on: then only those that read are delayed.
    var reading: LogContact
    var retry = ReadRetry()
    /// Of streams whose place this node has not heard of.
    var ahead: [StreamID: AheadID] = [:]
    var delayedCount = 0
    var agents = AgentNames()
    var rounds: [StreamRound] = []
    var isTakingRounds = false
    nonisolated let deliveryHistogram = LatencyHistogram()
    private var deliveryTimes: DeliveryTimes
    /// The gateway's own streams here; in no other count.
    var canaries: [CanaryID: any StreamOutlet] = [:]
    var lastCanaryNumber: UInt64 = 0

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameter count: how many shards there are.
    init(
        number: Int, of count: Int, eventLoop: any EventLoop, context: HubContext, tail: TailPlace,
        board: AttendanceBoard
    ) {
        self.number = number
        self.board = board
        deliveryTimes = DeliveryTimes(deliveryHistogram)
        attendance = AttendanceDesk(context.settings.presence, AttendanceBoard.firstGeneration, places: count)
        buffers = BufferAccount(limit: context.settings.bufferTotalBytes / count)
        self.eventLoop = eventLoop
        executor = eventLoop.executor
        self.context = context
        log = context.log
        self.tail = tail
        epoch = tail.current.epoch
        contact = LogContact(patience: context.settings.staleAfter)
        reading = LogContact(patience: context.settings.staleAfter)
        presence = context.presence
        settings = context.settings
        metrics = context.metrics
        inbox = ShardInbox(byteLimit: context.settings.inboxBytes)
        wheel = TimerWheel(tick: Self.tick, span: context.settings.heartbeat, start: eventLoop.now)
    }

    // MARK: From the stream's handler

    /// Counts a new stream. Its handler then writes the response's head and calls ``start(_:)``. The stream gets events
    /// that come between the two.
    ///
    /// - Parameters:
    ///   - interest: the user and topics that the stream is for.
    ///   - session: the sign-in that it came from, if it was one.
    ///   - lastEventID: where the client wants to go on, in its own words.
    ///   - tellsPlace: whether the client should come back with another id than the last one it has.
    ///   - endsAt: when the token ends.
    ///   - key: what it was signed with.
    ///   - token: what it is told by when it is revoked.
    ///   - visitor: who asks, for whoever looks.
    ///   - outlet: where to write; on this shard's event loop.
    package func attach(
        _ interest: Interest, session: SessionID? = nil, lastEventID: String?, tellsPlace: Bool = false,
        endsAt: NIODeadline, key: UInt64? = nil, token: TokenMark = .unknown,
        visitor: StreamVisitor = StreamVisitor(), outlet: NIOLoopBound<any StreamOutlet>
    ) throws(AdmissionRefusal) -> StreamID {
        guard drain == nil else { throw .draining }
        try presence.admit(interest, shard: number)
        // After `admit`: an event from here on wakes this shard, and one from before is below this place.
        let place = newestPlace(for: interest)
        lastStreamNumber += 1
        let id = StreamID(number: lastStreamNumber)
        let resume = Resume(
            lastEventID: lastEventID, tail: place, isShared: log.isShared, endOfEpoch: log.end)
        let stream = HubStream(
            id: id, interest: interest, session: session, term: term(to: endsAt, key, token),
            visit: visit(visitor, from: resume.start(place)),
            outlet: outlet.value, machine: StreamStateMachine(resume, place, bufferLimit: settings.bufferBytes),
            now: eventLoop.now)
        stream.untoldGap = resume.gap
        // A gap has an id of its own. No other id may come before it, or that one would hide the gap.
        stream.isToldItsPlace = resume.isFresh(lastEventID) || tellsPlace && resume.gap == nil
        expect(resume, for: id)
        streams[id] = stream
        shownStreams.set(streams.count)
        index.insert(stream)
        enter(stream)
        var life = life(of: stream)
        life.request = visitor.request
        metrics.streamOpened(life)
        metrics.streams(over: stream.visit.httpVersion, changedBy: 1)
        return id
    }

    /// Opens an attached stream: it gets the retry time, the events that it missed, and then those that come.
    package func start(_ id: StreamID) {
        guard let stream = streams[id] else { return }
        let now = eventLoop.now
        stream.write(prelude(of: stream), now: now)
        tellGap(of: stream, now: now)
        if let since = contact.delayedSince { tellDelayed(stream, EventFrame(delayedSince: since), now: now) }
        stream.flush()
        schedule(stream)
        startTimer()
        advance(stream)
    }

    /// Tells a stream that goes on with what comes. One that reads is told with the first step.
    func tellGap(of stream: HubStream, now: NIODeadline) {
        guard stream.isLive, let gap = stream.untoldGap else { return }
        stream.untoldGap = nil
        stream.write(tell(gap, resumedAt: stream.position), now: now)
    }

    /// How far the log is known; this shard knows of its epoch then.
    ///
    /// - Parameter interest: of a stream that is counted, and not in the index yet.
    private func newestPlace(for interest: Interest) -> LoggedEventID {
        while true {
            let place = tail.current
            guard place.epoch != epoch else { return place }
            deliver()
            // It may have ended a stream, which seemed to be the last of its audiences here.
            presence.mark(interest, shard: number)
        }
    }

    /// Tells a client that has had no event yet where its stream begins, by an id that it comes back with. Otherwise it
    /// would miss in silence what comes while it is away. The same goes for a client that would come back with the mark
    /// of a refusal.
    private func prelude(of stream: HubStream) -> EventFrame {
        let place = ahead[stream.id]?.id ?? eventID(stream.position)
        let opening = stream.isToldItsPlace ? StreamOpening(stream: name(of: stream.id), id: place) : nil
        return EventFrame.prelude(retryMilliseconds: context.retryMilliseconds, opening)
    }

    /// Goes on with a stream whose socket takes bytes again.
    package func becameWritable(_ id: StreamID) {
        guard let stream = streams[id] else { return }
        advance(stream)
        tellCurrent(stream, now: eventLoop.now)
        stream.flush()
        // A stalled stream gets no heartbeats. The one that is due comes now.
        keepAlive(stream, now: eventLoop.now)
    }

    /// Forgets a stream whose connection is gone.
    package func detach(_ id: StreamID) {
        if let stream = streams[id] { end(stream, .clientClosed) }
    }

    private func term(to end: NIODeadline, _ key: UInt64?, _ token: TokenMark) -> StreamTerm {
        StreamTerm(from: eventLoop.now, to: end, notice: settings.expiryNotice, key: key, token: token)
    }

    private func visit(_ visitor: StreamVisitor, from position: Position) -> StreamVisit {
        StreamVisit(
            since: context.clock(), opened: eventLoop.now, from: position, address: visitor.address,
            agent: agents.enter(visitor.agent),
            httpVersion: visitor.httpVersion)
    }

    /// The name of a stream in its response's `Sluice-Stream`.
    package nonisolated func name(of id: StreamID) -> String {
        StreamName(shard: number, number: id.number).description
    }

    // MARK: Sessions

    func extend(_ session: SessionID, of user: String, by new: StreamRenewal) -> Int {
        // A reload may have taken the key out since the token was verified.
        guard accepts(new.key) else { return 0 }
        let term = term(to: eventLoop.now + new.lifetime, new.key, new.token)
        let extended = streams(of: session, user).filter { new.permits($0.interest.topics) }
        // Each stays at its place in the timer wheel, comes up there before its new end, and is put further on.
        for stream in extended { stream.term.extend(to: term) }
        return extended.count
    }

    /// Another node says that a session goes on.
    func extend(by renewal: SessionRenewal) {
        guard let session = SessionID(renewal.session), !streams(of: session, renewal.user).isEmpty,
            let new = context.judge(renewal)
        else { return }
        _ = extend(session, of: renewal.user, by: new)
    }

    func end(_ session: SessionID, of user: String, _ reason: StreamEnd = .signedOut) -> Int {
        let ended = streams(of: session, user)
        for stream in ended { end(stream, reason) }
        return ended.count
    }

    private func streams(of session: SessionID, _ user: String) -> [HubStream] {
        index.streams(for: .user(user)).filter { $0.session == session }
    }

    // MARK: From the log

    /// Delivers the events that have gathered in the inbox.
    func deliver() {
        let mail = inbox.take()
        if let place = mail.epoch { begin(place) }
        if let since = mail.lostSince { contact.lost(since: since, now: eventLoop.now) }
        for order in mail.orders { obey(order) }
        if let firstLost = mail.firstLost { readFromLog(from: firstLost) }
        // A single event is flushed right after its write: a second round over the streams would find them cold in the
        // cache.
        var round = Round(now: eventLoop.now, flushesAtOnce: mail.events.count == 1)
        if mail.orderedOrders.isEmpty {
            for event in mail.events { deliver(event, &round) }
        } else {
            deliver(mail, &round)
        }
        flush(round.unflushed)
        if deliveryTimes.isWaiting { deliveryTimes.flushed(at: context.stopwatch()) }
        if round.deliveries > 0 { metrics.delivered(round.deliveries) }
        if mail.isRegained { regained() }
        if let note = mail.canary { sing(note) }
    }

    /// Goes through the inbox once.
    private struct Round {
        let now: NIODeadline
        let flushesAtOnce: Bool
        var deliveries = 0
        /// Those of the event under way that ``DeliveryTimes`` has not heard of.
        var untimed = 0
        var unflushed: ShardIndex.Roster = []
    }

    private func flush(_ streams: ShardIndex.Roster) {
        for place in streams.indices {
            streams.prefetch(behind: place)
            streams[place].flush()
        }
    }

    /// Delivers events, and ends streams between them.
    private func deliver(_ mail: ShardInbox.Mail, _ round: inout Round) {
        var next = 0
        for (order, eventsBefore) in mail.orderedOrders {
            let end = min(max(next, eventsBefore), mail.events.count)
            for event in mail.events[next..<end] { deliver(event, &round) }
            next = end
            flush(round.unflushed)
            round.unflushed = []
            switch order {
            case .end(let order): obey(order)
            case .renew(let renewal): extend(by: renewal)
            }
        }
        for event in mail.events[next...] { deliver(event, &round) }
    }

    private func deliver(_ event: LoggedEvent, _ round: inout Round) {
        let streams = index.streams(for: event.audience)
        streams.prefetch(behind: -1)
        for place in streams.indices {
            let stream = streams[place]
            streams.prefetch(behind: place)
            switch stream.offer(event, now: round.now, flushes: round.flushesAtOnce) {
            case .written(let needsFlush):
                round.deliveries += 1
                round.untimed += 1
                if needsFlush { round.unflushed.append(stream) }
                if round.untimed == DeliveryTimes.deliveriesAtOnce { time(event, &round) }
            case .held:
                round.deliveries += 1
                settle(stream)
            case .overflowed: overflowed(stream)
            case .skipped: break
            }
        }
        time(event, &round)
    }

    /// Has the time counted that the deliveries so far have taken.
    private func time(_ event: LoggedEvent, _ round: inout Round) {
        let isFull = deliveryTimes.wrote(event.acceptedAt, to: round.untimed)
        let isFlushed = round.flushesAtOnce && round.untimed == DeliveryTimes.deliveriesAtOnce
        if isFull || isFlushed { deliveryTimes.flushed(at: context.stopwatch()) }
        round.untimed = 0
    }

    private func overflowed(_ stream: HubStream) {
        guard settings.overflow == .catchUp else { return end(stream, .bufferOverflow) }
        metrics.streamFellBehind()
        settle(stream)
    }

    func eventID(_ sequence: Position) -> LoggedEventID { LoggedEventID(epoch: epoch, sequence: sequence) }

    // MARK: Buffers

    /// Counts the state of a stream: behind or not, with a full buffer or an empty one. Call it after everything but a
    /// write of an event to a socket with room.
    func settle(_ stream: HubStream) {
        count(stream)
        if buffers.isFull { shed() }
    }

    private func count(_ stream: HubStream) {
        if stream.isBehind != (stream.behindSince != nil) {
            stream.behindSince = stream.isBehind ? eventLoop.now : nil
            metrics.streamsBehind(changedBy: stream.isBehind ? 1 : -1)
        }
        buffers.update(stream)
        bufferedBytes.set(buffers.byteCount)
    }

    /// Has the streams that are furthest behind let go of their buffers, and read those events from the log later. When
    /// that is not enough, because the bytes wait for their sockets in ciphertext, it ends them: they resume when they
    /// come back.
    private func shed() {
        for stream in buffers.furthestBehind() where buffers.isShedding {
            stream.shed()
            count(stream)
        }
        for stream in buffers.furthestBehind() where buffers.isShedding { end(stream, .buffersFull) }
    }

    // MARK: Change

    /// Goes on with other settings, and ends the streams whose key is no longer accepted.
    ///
    /// - Parameter generation: of the settings of presence.
    func adopt(_ settings: StreamSettings, bufferTotal: Int, keys: Set<UInt64>, presence generation: UInt32) {
        let hasOtherHeartbeat = settings.heartbeat != self.settings.heartbeat
        self.settings = settings
        buffers.limit = bufferTotal
        self.keys = keys
        for stream in Array(streams.values) where !accepts(stream.term.key) { end(stream, .keyRemoved) }
        adoptPresence(settings.presence, generation)
        guard hasOtherHeartbeat else { return }
        // Each stream stands in the wheel once. With a shorter heartbeat some are due before they would come up.
        wheel = TimerWheel(tick: Self.tick, span: settings.heartbeat, start: eventLoop.now)
        for stream in streams.values { schedule(stream) }
    }

    private func accepts(_ key: UInt64?) -> Bool {
        guard let key, let keys else { return true }
        return keys.contains(key)
    }

    // MARK: Endings

    func end(_ stream: HubStream, _ reason: StreamEnd) {
        let life = life(of: stream)
        guard stream.end(reason) else { return }
        streams[stream.id] = nil
        shownStreams.set(streams.count)
        agents.leave(stream.visit.agent)
        ahead[stream.id] = nil
        wheel.remove(at: stream.turn)?.turn = stream.turn
        countDelayed(stream, false)
        count(stream)
        presence.release(stream.interest, shard: number, remaining: index.remove(stream))
        leave(stream)
        metrics.streamEnded(life, reason)
        metrics.streams(over: stream.visit.httpVersion, changedBy: -1)
    }

    /// How many streams are open here. Called on any thread.
    package nonisolated var streamCount: Int { shownStreams.value }
}
