// What a shard does by the clock: heartbeats, ends of tokens, and a drain.

internal import EventLog
package import NIOCore

extension HubShard {
    /// How late a heartbeat or a token's end may come.
    static let tick = TimeAmount.milliseconds(100)

    func startTimer() {
        guard timer == nil else { return }
        timer = eventLoop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in
            self.assumeIsolated { $0.tick() }
        }
    }

    private func tick() {
        let now = eventLoop.now
        tellDelays(at: now)
        let due = wheel.takeDue(at: now)
        // Before the first of them acts: one end may cause another.
        for stream in due { stream.turn = .none }
        settleAhead(now: now)
        for stream in due where !stream.hasEnded {
            if stream.term.endsAt <= now {
                end(stream, .tokenExpired)
            } else if isTooLongBehind(stream, now: now) {
                end(stream, .behindTooLong)
            } else {
                giveNotice(stream, now: now)
                keepAlive(stream, now: now)
                schedule(stream)
            }
        }
        drainDue(at: now)
        departDue(at: now)
        lookIn(at: now)
        stopTimerIfIdle()
    }

    private func isTooLongBehind(_ stream: HubStream, now: NIODeadline) -> Bool {
        guard let since = stream.behindSince, since + settings.behindLimit <= now else { return false }
        guard stream.isWaitingForLog else { return true }
        // It is the log that is slow.
        stream.behindSince = now
        return false
    }

    /// Writes to a socket that takes nothing, too: it is one small frame a term.
    private func giveNotice(_ stream: HubStream, now: NIODeadline) {
        guard let secondsLeft = stream.term.takeNotice(at: now) else { return }
        stream.write(EventFrame(secondsLeft: secondsLeft), now: now)
        stream.flush()
    }

    func keepAlive(_ stream: HubStream, now: NIODeadline) {
        guard stream.wantsHeartbeat(after: settings.heartbeat, now: now) else { return }
        stream.write(.heartbeat, now: now)
        stream.flush()
    }

    func schedule(_ stream: HubStream) {
        // That write may have ended it.
        guard !stream.hasEnded else { return }
        // A stream that is stalled has not been written to for long: it is looked at no more often for that.
        let quietSince = stream.lastWrite + settings.heartbeat > eventLoop.now ? stream.lastWrite : eventLoop.now
        let due = min(quietSince + settings.heartbeat, stream.term.nextDue)
        stream.turn = wheel.schedule(stream, at: due)
    }

    private func stopTimerIfIdle() {
        guard streams.isEmpty else { return }
        attendance.clear()
        guard !owesAttendance else { return }
        timer?.cancel()
        timer = nil
        // No tick comes any more that would release its buckets' memory.
        wheel = TimerWheel(tick: Self.tick, span: settings.heartbeat, start: eventLoop.now)
    }

    // MARK: Draining

    /// Takes no new stream from here on, and ends the open ones evenly over a window, to spread the load of their
    /// reconnects.
    ///
    /// - Parameter offset: the part of all streams that the shards before this one have; see ``DrainSchedule``.
    package func drain(over window: TimeAmount, offset: Double = 0) {
        guard drain == nil else { return }
        drain = DrainSchedule(count: streams.count, offset: offset, start: eventLoop.now, window: window)
        startTimer()
    }

    /// Ends the drain: who is still there goes now.
    func endDrain() {
        guard drain != nil else { return }
        drain = DrainSchedule(count: streams.count, start: eventLoop.now, window: .zero)
        drainDue(at: eventLoop.now)
    }

    private func drainDue(at now: NIODeadline) {
        guard let drain else { return }
        let surplus = streams.count - drain.remaining(at: now)
        guard surplus > 0 else { return }
        for stream in Array(streams.values.prefix(surplus)) {
            // The time that it was told at its opening was for the number of streams of that time.
            stream.write(.retry(milliseconds: context.retryMilliseconds), now: now)
            end(stream, .draining)
        }
    }
}
