// How a shard sends its streams to other nodes, when its own has been cut off from the log for long. Unlike a drain it
// takes new ones: those that come back have found no better node.

package import NIOCore

/// The streams that were open when it began, evenly over a window.
struct Departure {
    let schedule: DrainSchedule
    /// The number of the last of them.
    let last: UInt64
}

extension HubShard {
    /// Ends the streams that are open now evenly over a window. It stops when the log is back.
    package func sendAway(over window: TimeAmount, offset: Double = 0) {
        guard drain == nil, departure == nil, contact.isLost else { return }
        departure = Departure(
            schedule: DrainSchedule(count: streams.count, offset: offset, start: eventLoop.now, window: window),
            last: lastStreamNumber)
        startTimer()
    }

    func departDue(at now: NIODeadline) {
        guard let departure else { return }
        let leaving = streams.values.filter { $0.id.number <= departure.last }
        let remaining = departure.schedule.remaining(at: now)
        for stream in leaving.prefix(max(0, leaving.count - remaining)) {
            // The time that it was told at its opening was for the number of streams of that time.
            stream.write(.retry(milliseconds: context.retryMilliseconds), now: now)
            end(stream, .cutOff)
        }
        if remaining == 0 { self.departure = nil }
    }
}
