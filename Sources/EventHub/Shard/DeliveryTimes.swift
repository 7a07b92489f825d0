// How long events take from a publisher to the sockets. A value: the shard says what was written, and when.

internal import EventLog

/// What a shard has written and not flushed yet, and the histogram that it counts in once it is flushed. The clock is
/// read once for many streams.
struct DeliveryTimes {
    /// For so many deliveries of one event the clock is read again: the last of ten thousand streams is written to some
    /// milliseconds behind the first.
    static let deliveriesAtOnce = 256
    /// No more events wait for the clock, so that they need no memory of their own.
    private static let eventsAtOnce = 64

    let histogram: LatencyHistogram
    private var written: [(accepted: Stamp, count: Int)] = []

    init(_ histogram: LatencyHistogram) {
        self.histogram = histogram
        written.reserveCapacity(Self.eventsAtOnce)
    }

    /// Notes that an event was written to streams.
    ///
    /// - Parameters:
    ///   - accepted: when it came from its publisher.
    ///   - count: to how many.
    /// - Returns: whether to call ``flushed(at:)`` before another one.
    mutating func wrote(_ accepted: Stamp, to count: Int) -> Bool {
        guard count > 0, accepted.isKnown else { return false }
        written.append((accepted, count))
        return written.count == Self.eventsAtOnce
    }

    /// Notes that what was written is with the sockets.
    mutating func flushed(at now: Stamp) {
        while let (accepted, count) = written.popLast() { histogram.record(from: accepted, to: now, count: count) }
    }

    /// Whether the clock has to be read.
    var isWaiting: Bool { !written.isEmpty }
}
