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
        for stream in Array(streams.values) where !stream.hasEnded {
            stream.shed()
            let waited = idWaited(for: stream, in: place.epoch).flatMap { $0.epoch == old ? nil : $0 }
            let id = waited ?? LoggedEventID(epoch: old, sequence: stream.position)
            let resume = Resume(
                // Of the epoch that has just ended nothing is to be waited for.
                lastEventID: id.description, tail: place, isShared: waited != nil, endOfEpoch: log.end)
            restart(stream, resume, place)
        }
    }

    /// The id that a stream waits for, or waited for in vain until its epoch came after all: nothing was sent since.
    private func idWaited(for stream: HubStream, in epoch: Epoch) -> LoggedEventID? {
        if let wait = ahead[stream.id] { return wait.id }
        guard let gap = stream.untoldGap, let id = LoggedEventID(gap.requested), id.epoch == epoch else { return nil }
        stream.untoldGap = nil
        return id
    }

    /// Goes on with an open stream as with one that comes back.
    private func restart(_ stream: HubStream, _ resume: Resume, _ place: LoggedEventID) {
        expect(resume, for: stream.id)
        stream.restart(at: resume.start(place), isBehind: resume.isBehind, head: place.sequence)
        stream.visit.from = resume.start(place)
        stream.untoldGap = stream.untoldGap ?? resume.gap
        advance(stream)
        tellGap(of: stream, now: eventLoop.now)
        tellCurrent(stream, now: eventLoop.now)
        stream.flush()
    }

    func regained() {
        departure = nil
        contact.regained()
        reading.regained()
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
        if let since = contact.takeDelay(at: now) { tellDelayed(Array(streams.values), since, now) }
        // Whose read fails from here on is told then.
        guard let since = reading.takeDelay(at: now) else { return }
        tellDelayed(retry.waiting.compactMap { streams[$0] }.filter(\.isWaitingForLog), since, now)
    }

    func tellDelayed(_ streams: [HubStream], _ since: WallTime, _ now: NIODeadline) {
        let frame = EventFrame(delayedSince: since)
        for stream in streams { tellDelayed(stream, frame, now: now) }
    }

    /// Writes to a socket that takes nothing, too: it is one small frame.
    func tellDelayed(_ stream: HubStream, _ frame: EventFrame, now: NIODeadline) {
        // A stream that was told before may have closed the connection that it shares with this one.
        guard !stream.hasEnded, !stream.isDelayed else { return }
        countDelayed(stream, true)
        stream.write(frame, now: now)
        stream.flush()
    }

    /// Tells a stream that it is current again: when the log is back, it has read what it missed, and its socket has
    /// taken that. One whose place this node has not heard of has missed nobody knows what.
    func tellCurrent(_ stream: HubStream, now: NIODeadline) {
        guard stream.isDelayed, stream.isCurrent, ahead[stream.id] == nil, !contact.isLost else { return }
        countDelayed(stream, false)
        stream.write(.current, now: now)
    }

    func countDelayed(_ stream: HubStream, _ isDelayed: Bool) {
        guard stream.isDelayed != isDelayed else { return }
        stream.isDelayed = isDelayed
        delayedCount += isDelayed ? 1 : -1
        metrics.streamsDelayed(changedBy: isDelayed ? 1 : -1)
    }

    /// Notes an id to wait for, if the stream has one.
    func expect(_ resume: Resume, for stream: StreamID) {
        if case .ahead(let id) = resume {
            ahead[stream] = AheadID(id: id, until: eventLoop.now + settings.staleAfter)
        } else {
            ahead[stream] = nil
        }
    }

    /// Settles the ids that have come, and those that were waited for long enough: no node ever made them.
    func settleAhead(now: NIODeadline) {
        guard !ahead.isEmpty else { return }
        let place = tail.current
        // The shard is about to hear of the other one.
        guard place.epoch == epoch else { return }
        // A node that had not heard of any event gives out its place, where there is none.
        let known = max(place.sequence, log.epoch == epoch ? log.tailed : 0)
        for (stream, wait) in ahead {
            guard let stream = streams[stream] else { continue }
            if wait.id.epoch == epoch, wait.id.sequence <= known {
                ahead[stream.id] = nil
                stream.visit.from = wait.id.sequence
                tellCurrent(stream, now: now)
                stream.flush()
            } else if wait.until <= now, !contact.isLost {
                // While contact is lost the event may well be there.
                let resume = Resume(lastEventID: wait.id.description, tail: place, endOfEpoch: log.end)
                restart(stream, resume, place)
            }
        }
    }
}

/// An id that a client came with and this node has not heard of.
struct AheadID {
    let id: LoggedEventID
    /// As long as this it is waited for.
    let until: NIODeadline
}
