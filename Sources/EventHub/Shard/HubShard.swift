// The streams of one event loop. Everything here runs on that loop: no locks, no awaits, no reentrancy.

package import NIOCore

/// One actor per event loop, on that loop's executor.
///
/// From a channel handler on the loop it is entered by `assumeIsolated`, which costs no hop. Events come from the log by
/// way of the inbox: one hop for as many events as have gathered, then a loop over the streams that they are for.
package actor HubShard {
    package nonisolated let eventLoop: any EventLoop
    private nonisolated let executor: any SerialExecutor
    nonisolated let inbox: ShardInbox
    private let number: Int
    private let log: any EventLog
    private let presence: PresenceBoard
    private let settings: StreamSettings
    private let metrics: any HubMetrics
    private var index = ShardIndex()
    private var streams: [StreamID: HubStream] = [:]
    private var lastStreamNumber: UInt64 = 0
    private var wheel: TimerWheel<HubStream>
    private var timer: RepeatedTask?
    private var drain: DrainSchedule?
    private let prelude: EventFrame

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(number: Int, eventLoop: any EventLoop, context: HubContext) {
        self.number = number
        self.eventLoop = eventLoop
        executor = eventLoop.executor
        log = context.log
        presence = context.presence
        settings = context.settings
        metrics = context.metrics
        inbox = ShardInbox(byteLimit: context.settings.inboxBytes)
        prelude = EventFrame.prelude(retryMilliseconds: context.settings.retryMilliseconds)
        wheel = TimerWheel(tick: Self.tick, span: context.settings.heartbeat, start: eventLoop.now)
    }

    /// How late a heartbeat or a token's end may come.
    private static let tick = TimeAmount.milliseconds(100)

    // MARK: From the stream's handler

    /// Counts a new stream in. Its handler then writes the response's head and calls ``start(_:)``; an event that comes
    /// between the two is for the stream already.
    ///
    /// - Parameters:
    ///   - interest: what the stream's token was granted.
    ///   - lastEventID: where the client wants to go on, in its own words.
    ///   - endsAt: when the token ends.
    ///   - outlet: the way out; on this shard's event loop.
    package func attach(
        _ interest: Interest, lastEventID: String?, endsAt: NIODeadline, outlet: NIOLoopBound<any StreamOutlet>
    ) throws(AdmissionRefusal) -> StreamID {
        guard drain == nil else { throw .draining }
        try presence.admit(interest, shard: number)
        // Behind `admit`: an event that is appended from here on wakes this shard, one from before is below the head.
        let head = log.head
        lastStreamNumber += 1
        let id = StreamID(number: lastStreamNumber)
        let resume = Resume(lastEventID: lastEventID, epoch: log.epoch, head: head)
        let stream = HubStream(
            id: id, interest: interest, endsAt: endsAt, outlet: outlet.value,
            machine: StreamStateMachine(resume, head: head, bufferLimit: settings.bufferBytes), now: eventLoop.now)
        stream.untoldGap = resume.gap
        streams[id] = stream
        index.insert(stream)
        metrics.streamOpened()
        return id
    }

    /// Opens an attached stream: retry time, what it missed, and then what comes.
    package func start(_ id: StreamID) {
        guard let stream = streams[id] else { return }
        let now = eventLoop.now
        stream.write(prelude, now: now)
        if let gap = stream.untoldGap, stream.isLive {
            stream.untoldGap = nil
            stream.write(EventFrame(gap, resumedAt: eventID(stream.position)), now: now)
        }
        stream.flush()
        schedule(stream)
        startTimer()
        advance(stream)
    }

    /// The stream's socket takes bytes again.
    package func becameWritable(_ id: StreamID) {
        if let stream = streams[id] { advance(stream) }
    }

    /// The stream's connection is gone.
    package func detach(_ id: StreamID) {
        if let stream = streams[id] { end(stream, .clientClosed) }
    }

    // MARK: From the log

    /// Hands out what has gathered in the inbox.
    func deliver() {
        let mail = inbox.take()
        if let firstLost = mail.firstLost { readFromLog(from: firstLost) }
        // A lone event is flushed where it is written: a second round over the streams would find them cold.
        var round = Round(now: eventLoop.now, flushesAtOnce: mail.events.count == 1)
        for event in mail.events { deliver(event, &round) }
        for stream in round.unflushed { stream.flush() }
        if round.deliveries > 0 { metrics.delivered(round.deliveries) }
    }

    /// One go through the inbox.
    private struct Round {
        let now: NIODeadline
        let flushesAtOnce: Bool
        var deliveries = 0
        var unflushed: [HubStream] = []
    }

    private func deliver(_ event: LoggedEvent, _ round: inout Round) {
        for stream in index.streams(for: event.audience) {
            switch stream.offer(event, now: round.now) {
            case .written(let needsFlush):
                round.deliveries += 1
                if round.flushesAtOnce { stream.flush() } else if needsFlush { round.unflushed.append(stream) }
            case .held: round.deliveries += 1
            case .overflowed: end(stream, .bufferOverflow)
            case .skipped: break
            }
        }
    }

    /// Streams that are not given events from the tail go to the log for them.
    private func readFromLog(from firstLost: Position) {
        let head = log.head
        for stream in Array(streams.values) {
            stream.fellBehind(after: firstLost - 1, head: head)
            advance(stream)
        }
    }

    /// Lets a stream write what it holds and ask the log for what it misses.
    private func advance(_ stream: HubStream) {
        guard let position = stream.advance(now: eventLoop.now) else { return }
        let id = stream.id
        log.read(after: position, for: stream.interest, byteLimit: settings.replayStepBytes) { result in
            // Always by way of the loop: a step that is written takes its turn with the loop's other work.
            self.eventLoop.execute { self.assumeIsolated { $0.stepArrived(result, after: position, for: id) } }
        }
    }

    private func stepArrived(_ result: Result<ReplayStep, EventLogError>, after position: Position, for id: StreamID) {
        guard let stream = streams[id] else { return }
        switch result {
        case .failure: end(stream, .logUnavailable)
        case .success(let step):
            let count = stream.receive(step, gap: takeGap(of: stream, step, asked: position), now: eventLoop.now)
            if count > 0 { metrics.delivered(count) }
            advance(stream)
        }
    }

    private func takeGap(of stream: HubStream, _ step: ReplayStep, asked position: Position) -> EventFrame? {
        let isMissing = step.start != position
        let missing = isMissing ? Gap(requested: eventID(position).description, reason: .retention) : nil
        let gap = stream.untoldGap ?? missing
        stream.untoldGap = nil
        return gap.map { EventFrame($0, resumedAt: eventID(step.start)) }
    }

    private func eventID(_ sequence: Position) -> LoggedEventID { LoggedEventID(epoch: log.epoch, sequence: sequence) }

    // MARK: Time

    private func startTimer() {
        guard timer == nil else { return }
        timer = eventLoop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in
            self.assumeIsolated { $0.tick() }
        }
    }

    private func tick() {
        let now = eventLoop.now
        for stream in wheel.takeDue(at: now) where !stream.hasEnded {
            if stream.endsAt <= now {
                end(stream, .tokenExpired)
            } else {
                if stream.wantsHeartbeat(after: settings.heartbeat, now: now) {
                    stream.write(.heartbeat, now: now)
                    stream.flush()
                }
                schedule(stream)
            }
        }
        drainDue(at: now)
        stopTimerIfIdle()
    }

    private func schedule(_ stream: HubStream) {
        let due = stream.lastWrite + settings.heartbeat
        wheel.schedule(stream, at: min(due, stream.endsAt))
    }

    private func stopTimerIfIdle() {
        guard streams.isEmpty else { return }
        timer?.cancel()
        timer = nil
        // No tick comes any more to take out the streams that have ended.
        wheel = TimerWheel(tick: Self.tick, span: settings.heartbeat, start: eventLoop.now)
    }

    // MARK: Endings

    private func end(_ stream: HubStream, _ reason: StreamEnd) {
        guard stream.end(reason) else { return }
        streams[stream.id] = nil
        presence.release(stream.interest, shard: number, remaining: index.remove(stream))
        metrics.streamEnded(reason)
    }

    /// Takes no new stream from here on and ends those that are open, evenly over a window: their reconnects are somebody
    /// else's load.
    package func drain(over window: TimeAmount) {
        guard drain == nil else { return }
        drain = DrainSchedule(count: streams.count, start: eventLoop.now, window: window)
        startTimer()
    }

    /// How many streams are open here.
    package var streamCount: Int { streams.count }

    private func drainDue(at now: NIODeadline) {
        guard let drain else { return }
        let surplus = streams.count - drain.remaining(at: now)
        guard surplus > 0 else { return }
        for stream in Array(streams.values.prefix(surplus)) { end(stream, .draining) }
    }
}
