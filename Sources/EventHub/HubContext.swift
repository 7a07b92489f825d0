// What the shards of a hub share, and the metrics that they report to.

package import EventLog
internal import Synchronization

/// What a hub is made of. One object: who takes hold of it for an answer takes hold of one thing, and not of eight.
package final class HubContext: Sendable {
    package let log: any EventLog
    /// The settings at the hub's start; see ``EventHub/adopt(_:_:keys:)``.
    package let settings: StreamSettings
    package let metrics: any HubMetrics
    let presence: PresenceBoard
    package let revocations: RevocationBoard
    let sessions: SessionBoard
    /// Says what a session's new token means for its streams, where nodes tell each other of it.
    private let renewalJudge = Mutex<RenewalJudge?>(nil)
    /// The calendar's time, for the events that tell streams of a time.
    let clock: @Sendable () -> WallTime
    /// For how long things take.
    let stopwatch: @Sendable () -> Stamp
    private let chance: @Sendable () -> Double

    /// - Parameters:
    ///   - revocationSeconds: for how long a revocation is kept; see ``RevocationSettings/seconds``.
    ///   - elsewhere: what streams other nodes have; nothing where there are none.
    ///   - clock: the calendar's time.
    ///   - stopwatch: the steady clock's.
    ///   - chance: a random number from 0 up to 1.
    package init(
        log: any EventLog, settings: StreamSettings, limits: StreamLimits, metrics: any HubMetrics,
        revocationSeconds: Int64 = RevocationSettings().seconds, elsewhere: (any StreamsElsewhere)? = nil,
        clock: @escaping @Sendable () -> WallTime,
        stopwatch: @escaping @Sendable () -> Stamp = Stamp.systemClock,
        chance: @escaping @Sendable () -> Double = Chance().next
    ) {
        self.chance = chance
        self.clock = clock
        self.stopwatch = stopwatch
        self.log = log
        self.settings = settings
        self.metrics = metrics
        presence = PresenceBoard(limits: limits, retry: settings.retry, elsewhere: elsewhere)
        revocations = RevocationBoard(keptFor: revocationSeconds, clock: clock)
        sessions = SessionBoard(clock: clock)
    }

    /// Has somebody judge what other nodes say of new tokens.
    func judgeRenewals(by judge: @escaping RenewalJudge) { renewalJudge.withLock { $0 = judge } }

    /// What a new token means for its session's streams; nothing where nobody says so.
    func judge(_ renewal: SessionRenewal) -> StreamRenewal? { renewalJudge.withLock { $0 }?(renewal) }

    /// The time that the next client is told to wait before it reconnects. It grows with the number of open streams.
    var retryMilliseconds: UInt32 {
        presence.retryMilliseconds(chance: chance())
    }
}

/// Counts what the hub does. Called on any event loop, `delivered` once per batch.
package protocol HubMetrics: Sendable {
    func streamOpened()
    func streamEnded(_ reason: StreamEnd)
    /// The same, with what there is to say about the stream.
    func streamOpened(_ stream: StreamLife)
    func streamEnded(_ stream: StreamLife, _ reason: StreamEnd)
    /// A live stream's buffer was full.
    func streamFellBehind()
    /// So many more, or fewer, streams read the log.
    func streamsBehind(changedBy change: Int)
    /// A stream was told that it misses something.
    func gapTold(_ reason: GapReason)
    /// The log's tail told of events. The log's lock is held: keep it short.
    func told(_ events: [LoggedEvent])
    /// An event was put in the log.
    func published(_ audience: Audience)
    /// The log did not take a publisher's events, through no fault of the publisher's.
    func publishFailed(_ code: EventLogError.Code)
    /// So many more, or fewer, streams have been told that they are delayed.
    func streamsDelayed(changedBy change: Int)
    /// So many more, or fewer, streams are open over a version of HTTP.
    func streams(over version: StreamVisitor.HTTPVersion, changedBy change: Int)
    /// A read that had failed is tried again.
    func readRetried()
    /// Streams were told who is in one of their topics.
    func presenceTold(_ count: Int)
    /// Events were written to streams, or held for them.
    func delivered(_ count: Int)
}

extension HubMetrics {
    package func told(_ events: [LoggedEvent]) {}
    package func streamOpened(_ stream: StreamLife) { streamOpened() }
    package func streamEnded(_ stream: StreamLife, _ reason: StreamEnd) { streamEnded(reason) }
    package func streams(over version: StreamVisitor.HTTPVersion, changedBy change: Int) {}
    package func readRetried() {}
    package func publishFailed(_ code: EventLogError.Code) {}
    package func streamsDelayed(changedBy change: Int) {}
    package func presenceTold(_ count: Int) {}
}
