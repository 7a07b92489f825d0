// What a shard's streams read from the log: what they missed, in steps, and again when a read fails.

internal import EventLog
internal import NIOCore

extension HubShard {
    /// Has streams that did not get events from the tail read them from the log.
    func readFromLog(from firstLost: Position) {
        let head = tail.current.sequence
        for stream in Array(streams.values) {
            stream.fellBehind(after: firstLost - 1, head: head)
            advance(stream)
        }
    }

    /// Lets a stream write what it holds and ask the log for what it misses.
    ///
    /// - Returns: whether the log has been asked.
    @discardableResult
    func advance(_ stream: HubStream) -> Bool {
        let position = stream.advance(now: eventLoop.now)
        settle(stream)
        guard let position else { return false }
        let (id, place, told) = (stream.id, eventID(position), stream.passed)
        log.read(after: place, for: stream.interest, byteLimit: settings.replayStepBytes) { result in
            // Always through the loop: a step that was read takes its turn with the loop's other work.
            self.eventLoop.execute { self.assumeIsolated { $0.stepArrived(result, after: place, told, for: id) } }
        }
        return true
    }

    /// - Parameter told: what the tail had told of when the step was asked for.
    private func stepArrived(
        _ result: Result<ReplayStep, EventLogError>, after place: LoggedEventID, _ told: Position, for id: StreamID
    ) {
        // A read of another epoch says nothing here: each stream reads anew in this one.
        guard place.epoch == epoch else { return }
        switch result {
        case .failure: readFailed(id, isWaitedFor: streams[id]?.isWaiting(after: place.sequence) ?? false)
        case .success(let step):
            readSucceeded(id)
            // One that was sent elsewhere meanwhile has asked anew.
            guard let stream = streams[id], stream.isWaiting(after: place.sequence) else { return }
            if step.reachedHead, step.events.isEmpty, step.position < told { return readLater(id) }
            receive(step, stream, asked: place.sequence)
        }
    }

    private func receive(_ step: ReplayStep, _ stream: HubStream, asked position: Position) {
        let now = eventLoop.now
        var step = step
        // The log has the place that the client named.
        if step.start >= position { ahead[stream.id] = nil }
        // The log may not have as much yet as another node on the same store. That is no gap.
        (step.start, step.position) = (max(step.start, position), max(step.position, position))
        let count = stream.receive(step, gap: takeGap(of: stream, step, asked: position), now: now)
        if count > 0 { metrics.delivered(count) }
        tellCurrent(stream, now: now)
        stream.flush()
        guard stream.needsPause(after: step) else {
            advance(stream)
            return
        }
        let id = stream.id
        eventLoop.scheduleTask(in: Self.pause) { self.assumeIsolated { $0.becameWritable(id) } }
    }

    /// Long enough that the next step is not due yet when the loop is done with its tasks.
    static let pause = TimeAmount.microseconds(100)

    private func takeGap(of stream: HubStream, _ step: ReplayStep, asked position: Position) -> EventFrame? {
        let isMissing = step.start != position
        let missing = isMissing ? Gap(requested: eventID(position).description, reason: .retention) : nil
        let gap = stream.untoldGap ?? missing
        stream.untoldGap = nil
        return gap.map { tell($0, resumedAt: step.start) }
    }

    func tell(_ gap: Gap, resumedAt position: Position) -> EventFrame {
        metrics.gapTold(gap.reason)
        return EventFrame(gap, resumedAt: eventID(position))
    }

    // MARK: Failed reads

    /// Tries a failed read again, by one stream for all. It ends no stream.
    ///
    /// - Parameter isWaitedFor: false of a stream that has gone, or gone on from elsewhere.
    func readFailed(_ id: StreamID, isWaitedFor: Bool) {
        if isWaitedFor, !reading.isLost { reading.lost(since: context.clock(), now: eventLoop.now) }
        if isWaitedFor, let since = reading.delayedSince, let stream = streams[id] {
            tellDelayed([stream], since, eventLoop.now)
        }
        guard let delay = isWaitedFor ? retry.failed(id) : retry.left(id) else { return }
        eventLoop.scheduleTask(in: delay) { self.assumeIsolated { $0.retryRead() } }
    }

    private func retryRead() {
        while let id = retry.takeDue() {
            metrics.readRetried()
            if readAgain(id) { return }
        }
        reading.regained()
    }

    func readSucceeded(_ id: StreamID) {
        guard reading.isLost, retry.isTrying(id) else { return }
        reading.regained()
        for id in retry.succeeded() { readAgain(id) }
    }

    /// - Returns: whether it has asked the log. A stream may have gone, or have a socket that takes nothing.
    @discardableResult
    func readAgain(_ id: StreamID) -> Bool {
        guard let stream = streams[id] else { return false }
        // It was the log that was slow.
        if stream.behindSince != nil { stream.behindSince = eventLoop.now }
        stream.readFailed()
        return advance(stream)
    }

    /// A store's replica has not heard yet of what the tail has told: asked at once, it would say the same.
    func readLater(_ id: StreamID) {
        eventLoop.scheduleTask(in: ReadRetry.shortest) { self.assumeIsolated { _ = $0.readAgain(id) } }
    }
}
