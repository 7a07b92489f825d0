// What a shard does when its log is away, can't be read, or is another one. Its streams stay, are told, and go on when
// the log is back.

internal import EventLog
internal import NIOCore

extension HubShard {
    /// Goes on in another epoch. For each stream this is like a reconnect with its last id.
    func begin(_ place: LoggedEventID) {
        guard place.epoch != epoch else { return }
        let old = epoch
        epoch = place.epoch
        _ = retry.succeeded()
        reading.regained()
        for stream in Array(streams.values) {
            stream.shed()
            let last = LoggedEventID(epoch: old, sequence: stream.position)
            let resume = Resume(lastEventID: last.description, tail: place, endOfEpoch: log.end)
            stream.aheadUntil = nil
            stream.untoldGap = stream.untoldGap ?? resume.gap
            stream.restart(at: resume.start(head: place.sequence), isBehind: true)
            advance(stream)
        }
    }

    /// Tries a failed read again, by one stream for all. It ends no stream.
    func readFailed(_ id: StreamID) {
        reading.lost(since: context.clock(), now: eventLoop.now)
        guard let delay = retry.failed(id) else { return }
        eventLoop.scheduleTask(in: delay) { self.assumeIsolated { $0.retryRead() } }
    }

    private func retryRead() {
        while let id = retry.takeDue() {
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
    private func readAgain(_ id: StreamID) -> Bool {
        guard let stream = streams[id] else { return false }
        stream.readFailed()
        return advance(stream)
    }

    func regained() {
        contact.regained()
        let now = eventLoop.now
        for id in retry.succeeded() { readAgain(id) }
        guard delayedCount > 0 else { return }
        for stream in Array(streams.values) {
            tellCurrent(stream, now: now)
            stream.flush()
        }
    }

    /// Tells streams that their events may be late: all when the log is away, and those that read when it can't be
    /// read.
    func tellDelays(at now: NIODeadline) {
        if let since = contact.takeDelay(at: now) {
            let frame = EventFrame(delayedSince: since)
            for stream in Array(streams.values) { tellDelayed(stream, frame, now: now) }
        }
        _ = reading.takeDelay(at: now)
        guard let since = reading.delayedSince else { return }
        let late = retry.waiting.compactMap { streams[$0] }.filter { !$0.isDelayed }
        guard !late.isEmpty else { return }
        let frame = EventFrame(delayedSince: since)
        for stream in late { tellDelayed(stream, frame, now: now) }
    }

    /// Writes to a socket that takes nothing, too: it is one small frame.
    func tellDelayed(_ stream: HubStream, _ frame: EventFrame, now: NIODeadline) {
        // A stream that was told before may have closed the connection that it shares with this one.
        guard !stream.hasEnded, !stream.isDelayed else { return }
        countDelayed(stream, true)
        stream.write(frame, now: now)
        stream.flush()
    }

    /// Tells streams that they are current again: when the log is back, and they have read what they missed.
    func tellCurrent(_ stream: HubStream, now: NIODeadline) {
        guard stream.isDelayed, stream.isLive, contact.delayedSince == nil else { return }
        countDelayed(stream, false)
        stream.write(.current, now: now)
    }

    func countDelayed(_ stream: HubStream, _ isDelayed: Bool) {
        guard stream.isDelayed != isDelayed else { return }
        stream.isDelayed = isDelayed
        delayedCount += isDelayed ? 1 : -1
        metrics.streamsDelayed(changedBy: isDelayed ? 1 : -1)
    }

    /// Opens the stream, because the event that its client named has come, or was waited for long enough: then no node
    /// ever made it.
    func settleAhead(_ stream: HubStream, now: NIODeadline) {
        guard let until = stream.aheadUntil else { return }
        let place = tail.current
        guard place.epoch == epoch, place.sequence < stream.position else {
            stream.aheadUntil = nil
            return
        }
        // While contact is lost the event may well be there.
        guard until <= now, !contact.isLost else { return }
        let gap = Gap(requested: eventID(stream.position).description, reason: .future)
        stream.aheadUntil = nil
        stream.restart(at: place.sequence, isBehind: false)
        stream.write(tell(gap, resumedAt: place.sequence), now: now)
        stream.flush()
    }
}
