import ArgumentParser
import LoadFleet

/// `--to users`, `--to everyone`.
extension FleetPlan.Audience: ExpressibleByArgument {}

/// The load, as the command line describes it.
struct BenchOptions: ParsableArguments {
    @Option(help: "Streams to open.")
    var streams = 1000

    @Flag(name: .customLong("http2"), help: "Streams over HTTP/2; else HTTP/1.1. Publishers speak HTTP/1.1.")
    var usesHTTP2 = false

    @Option(help: "With --http2: streams that share a connection (default: 1).")
    var streamsPerConnection: Int?

    @Option(help: "Users that the streams belong to in turn (default: one per stream).")
    var users: Int?

    @Option(help: "Whom each event is for: one user after the other, or everyone.")
    var to = FleetPlan.Audience.users

    @Option(
        help: ArgumentHelp(
            "Publish requests a second, each sent at its time whether the gateway keeps up or not (default: 100).",
            valueName: "number"))
    var rate: Double?

    @Flag(help: "Instead of --rate: send the next request as soon as the one before it is answered.")
    var closed = false

    @Option(help: "Connections that publish.")
    var publishers = 1

    @Option(help: "Events per publish request; more than one are sent as NDJSON.")
    var batch = 1

    @Option(help: ArgumentHelp("Bytes of data per event.", valueName: "bytes"))
    var payload = 150

    @Option(help: "Publish for this long (default: 10s).", transform: DurationArgument.parse)
    var duration: DurationArgument?

    @Option(help: "Instead of --duration: publish this many events.")
    var events: Int?

    @Option(help: "More streams, which do not read before publishing is over, and then read everything.")
    var stalled = 0

    @Option(
        help: ArgumentHelp(
            "After the load, disconnect all streams, publish this many events per user, and reconnect all at once.",
            valueName: "events"))
    var resume = 0

    @Option(
        help: """
            More streams, with users, a publisher at --rate and an event loop of their own, which stay connected \
            throughout.
            """)
    var steady = 0

    @Option(help: ArgumentHelp("Streams opened a second.", valueName: "number"))
    var connectRate = 500.0

    @Option(help: "Event loops of this program, each on a thread of its own.")
    var eventLoops = 1

    /// Publish requests a second when the command line does not say.
    static let defaultRate = 100.0

    /// The load that the options describe.
    ///
    /// - Throws: `ValidationError`, whose text says what to change.
    func plan() throws -> FleetPlan {
        try checkNumbers()
        try checkCombinations()
        var plan = FleetPlan()
        if usesHTTP2 { plan.transport = .http2(streamsPerConnection: streamsPerConnection ?? 1) }
        plan.streams = streams
        plan.users = users ?? streams
        plan.stalled = stalled
        plan.steady = steady
        plan.audience = to
        plan.pace = closed ? .closed : .rated(rate ?? Self.defaultRate)
        plan.limit = events.map { .events($0) } ?? .duration((duration ?? DurationArgument(seconds: 10)).duration)
        plan.publishers = publishers
        plan.batch = batch
        plan.payload = payload
        plan.resume = resume
        plan.connectRate = connectRate
        plan.eventLoops = eventLoops
        return plan
    }

    private func checkNumbers() throws {
        try Self.check(streams, 1...1_000_000, "--streams")
        try Self.check(
            streamsPerConnection ?? 1, 1...FleetPlan.Transport.mostStreamsPerConnection, "--streams-per-connection")
        try Self.check(users ?? streams, 1...1_000_000, "--users")
        try Self.check(publishers, 1...1000, "--publishers")
        try Self.check(batch, 1...10_000, "--batch")
        try Self.check(payload, FleetPlan.minimumPayload...1 << 20, "--payload")
        try Self.check(events ?? 1, 1...1_000_000_000, "--events")
        try Self.check(stalled, 0...100_000, "--stalled")
        try Self.check(steady, 0...10_000, "--steady")
        try Self.check(resume, 0...100_000, "--resume")
        try Self.check(eventLoops, 1...64, "--event-loops")
        try Self.check(rate ?? 1, 0.01...1_000_000, "--rate")
        try Self.check(connectRate, 1...100_000, "--connect-rate")
    }

    private func checkCombinations() throws {
        if closed, rate != nil { throw ValidationError("--closed and --rate exclude each other: leave one out") }
        if streamsPerConnection != nil, !usesHTTP2 {
            throw ValidationError("--streams-per-connection needs --http2: over HTTP/1.1 each stream has its own")
        }
        if events != nil, duration != nil {
            throw ValidationError("--events and --duration exclude each other: leave one out")
        }
        if closed, steady > 0 { throw ValidationError("--steady needs a --rate: leave out --closed") }
        let users = users ?? streams
        if users > streams {
            throw ValidationError("--users is more than --streams: a user without a stream gets nothing")
        }
        if to == .users, publishers > users {
            throw ValidationError("--publishers is more than --users: each user's events are published by one of them")
        }
    }

    private static func check<Number: Comparable>(
        _ value: Number, _ range: ClosedRange<Number>, _ option: String
    ) throws {
        guard !range.contains(value) else { return }
        throw ValidationError("\(option) must be from \(range.lowerBound) to \(range.upperBound)")
    }
}
