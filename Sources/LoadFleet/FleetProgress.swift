/// How far a fleet's run is, for whoever shows it or samples the server meanwhile.
package struct FleetProgress: Sendable {
    /// A part of the run. They come in this order; those that a plan does not ask for are left out.
    package enum Phase: String, Sendable {
        case opening, publishing
        /// Publishing is over, events are still coming.
        case draining
        /// All streams but the stalled ones have everything: the load is over.
        case settled
        /// The stalled streams read.
        case catchingUp = "stalled streams read"
        case leaving, away, reconnecting
        case finished
    }

    /// The part of the run.
    package let phase: Phase
    /// Since the run began.
    package let elapsed: Duration
    /// Streams that are open now.
    package let openStreams: Int
    /// Streams that the plan has.
    package let streams: Int
    /// Events that the gateway has taken.
    package let published: Int
    /// Events that have come, on all streams.
    package let deliveries: Int
    /// The ordinary streams' latency so far, 99th percentile in nanoseconds.
    package let latencyP99: UInt64?

    /// Creates a report.
    ///
    /// - Parameters:
    ///   - phase: the part of the run.
    ///   - elapsed: since the run began.
    ///   - openStreams: streams that are open now.
    ///   - streams: streams that the plan has.
    ///   - published: events that the gateway has taken.
    ///   - deliveries: events that have come, on all streams.
    ///   - latencyP99: the ordinary streams' latency so far, 99th percentile in nanoseconds.
    package init(
        phase: Phase, elapsed: Duration, openStreams: Int, streams: Int, published: Int, deliveries: Int,
        latencyP99: UInt64?
    ) {
        self.phase = phase
        self.elapsed = elapsed
        self.openStreams = openStreams
        self.streams = streams
        self.published = published
        self.deliveries = deliveries
        self.latencyP99 = latencyP99
    }
}
