// The source of truth: what the hub asks of every engine. The hub is a fan-out of a log's tail and keeps no events
// itself.
//
// The contract is made so that an engine can be remote. Ids come back per event, because other nodes' events may stand
// between those of a batch. The tail is a sequence of events, new epochs, interruptions and resumptions, so that
// whoever follows it knows what it has and whether that is current. A node knows the log by its tail: an id that it has
// not tailed yet may be *ahead* (`isShared`) and is waited for. A read may fail at any time, which ends no stream: the
// hub asks again. Only the order needs an engine's lock: events are encoded before it (`LoggedEvent.place`), and loops
// are woken behind it (`Tail.wake`). Health says whether the log takes events and since when it is cut off. An epoch
// change while streams are open is to each of them what a reconnect with its last id would be.

/// An ordered, bounded record of events.
///
/// An engine fixes the order in one place. Completions and the tail may be called on any thread, and may be called
/// before the method that takes them returns.
package protocol EventLog: Sendable {
    /// Names this incarnation of the log; a log that lost its events gets another.
    var epoch: Epoch { get }

    /// Where an earlier epoch of this log ended, if it is one: its events up to there are the log's own, under the
    /// epoch of today. Nothing for an epoch that the log knows nothing of.
    func end(of epoch: Epoch) -> Position?

    /// The sequence of the newest event; 0 when there has been none.
    var head: Position { get }

    /// Whether others append to the log, too: then a client may come with an id that this node has not tailed yet.
    var isShared: Bool { get }

    /// How far this process has followed the log, as far as its tail was told. Above ``head`` where sequences behind
    /// the newest event are no events.
    var tailed: Position { get }

    /// What the log holds at present.
    var extent: LogExtent { get }

    /// When the oldest event that it holds was appended; nothing when there is none, or nobody knows.
    var oldestAt: WallTime? { get }

    /// The publish keys that it knows at present.
    var publishKeys: PublishKeyTally { get }

    /// Has `tail` told of all that happens from here on, in log order; of an event before its append completes. First,
    /// within the call, of the epoch and its newest event, of the revocations that are in force, if there are some, and
    /// of the sessions that are kept. Called once, before the first append.
    func follow(_ tail: Tail)

    /// Puts a batch at the log's end, all or none, in its order; or finds that it is there already, by its key.
    ///
    /// An engine that lets go of events because they are too many refuses a batch as
    /// ``EventLogError/Code/shareFull`` where ``LogShares`` says so, and never one that is there already. It knows
    /// whose its events are after it was opened again, and for all nodes that append to it. A store that removes
    /// events by rules of its own can't promise that: its engine keeps no shares, and the article on the log says so.
    ///
    /// - Parameter completion: gets the place of the batch. Until it is called no publisher may be told that its event
    ///   is safe (guarantee 2).
    func append(_ batch: EventBatch, completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void)

    /// Reads what a stream missed, in order and in bounded steps. A read may fail at any time and be asked for again.
    ///
    /// - Parameters:
    ///   - place: the last event that the stream has. Of another epoch than the log's, the read fails as
    ///     ``EventLogError/Code/epochEnded``, and the tail tells of the new one.
    ///   - interest: whose events.
    ///   - byteLimit: stop after the event that reaches it, or when ``ReplayStep/lookLimit`` events have been looked
    ///     at.
    ///   - completion: gets the step.
    func read(
        after place: LoggedEventID, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void)

    /// Adds to the list of revocations, as durably as the engine can, and tells the tail of it before it completes; or
    /// changes nothing. The list bounds itself by ``LogSettings/revocations``.
    func revoke(
        _ revocation: Revocation, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void)

    /// Keeps a session, or lets go of some, as durably as the engine can, and tells the tail of it before it completes;
    /// or changes nothing. They bound themselves by ``LogSettings/sessions``.
    func record(_ order: SessionOrder, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void)

    /// How long commits take that an append waits for; nothing for a log that has none of its own.
    var syncTimes: LatencyHistogram? { get }

    /// Does what an append does, with nothing that is kept: to see whether events can be put in the log. An engine for
    /// which that is dear may tell what it has found out within the last few seconds.
    ///
    /// - Parameter completion: gets why events can't be put in the log; nothing when they can.
    func probe(completion: @escaping @Sendable (EventLogError?) -> Void)

    /// Whether the log takes events at present.
    var health: LogHealth { get }

    /// Has `report` called with the log's health: now, at each change, in order, and from time to time, so that whoever
    /// keeps back what changed too often can tell it later. It must not call back into the log. Called once.
    func watch(_ report: @escaping @Sendable (LogHealth) -> Void)

    /// Writes what waits to be written, answers everyone, and takes nothing more.
    func close() async
}

extension EventLog {
    /// A log that this process alone appends to.
    package var isShared: Bool { false }

    /// A log whose sequences are events.
    package var tailed: Position { head }

    /// A log that does not know.
    package var oldestAt: WallTime? { nil }

    /// A log that knows none.
    package var publishKeys: PublishKeyTally { PublishKeyTally() }

    /// A log that has no disk.
    package var syncTimes: LatencyHistogram? { nil }

    package func probe(completion: @escaping @Sendable (EventLogError?) -> Void) { completion(health.failure) }

    /// A log that nothing can happen to.
    package var health: LogHealth { LogHealth() }

    package func watch(_ report: @escaping @Sendable (LogHealth) -> Void) { report(health) }
}

/// How a log is at present: what probes, metrics and the operator's log are told of an engine.
package struct LogHealth: Sendable, Equatable {
    /// Why no event can be appended; nothing when they can.
    package var failure: EventLogError?
    /// Why past events can't be read; nothing when they can, or nobody has tried.
    package var readFailure: EventLogError?
    /// Why nobody can be revoked or signed out, where that is kept apart from events; nothing when they can.
    package var stateFailure: EventLogError?
    /// Since when the log is cut off from what it keeps its events in; nothing while it is current.
    package var cutOffSince: WallTime?
    /// Whether more waits to be written than the log holds: some appends are refused.
    package var isBusy = false
    /// How many bytes an engine's journal has beside its file.
    package var journalBytes = 0
    /// For how many seconds the same reader has kept the journal from beginning anew; 0 while nobody does.
    package var journalHeldSeconds = 0

    package init() {}
}

/// What a log holds.
package struct LogExtent: Sendable, Equatable {
    /// The position before the oldest event held: what can still be continued from.
    package let floor: Position
    /// The sequence of the newest event.
    package let head: Position
    /// What the events held are counted as, in bytes.
    package let byteCount: Int

    package init(floor: Position, head: Position, byteCount: Int) {
        self.floor = floor
        self.head = head
        self.byteCount = byteCount
    }
}

/// How many publish keys a log knows.
package struct PublishKeyTally: Sendable, Equatable {
    /// How many there are, and what they count for in bytes.
    package var count: Int
    package var byteCount: Int
    /// How many were forgotten before their time, since there were too many; while this process runs.
    package var evicted: Int

    package init(count: Int = 0, byteCount: Int = 0, evicted: Int = 0) {
        (self.count, self.byteCount, self.evicted) = (count, byteCount, evicted)
    }
}

/// A bounded piece of replay.
package struct ReplayStep: Sendable {
    /// How many events one step looks at, those that have expired included: they cost a look and deliver nothing.
    package static let lookLimit = 1024

    /// Where reading began. Not the position that was asked for when the log no longer holds what is behind that one,
    /// or never held it: a gap.
    package var start: Position
    /// In log order; only those of the interest, none that has expired.
    package var events: [LoggedEvent] = []
    /// Where the stream stands when it has the events.
    package var position: Position
    /// Whether `position` was the log's head when the step was read.
    package var reachedHead: Bool

    package init(start: Position, events: [LoggedEvent] = [], position: Position, reachedHead: Bool) {
        self.start = start
        self.events = events
        self.position = position
        self.reachedHead = reachedHead
    }
}

/// Why a stream can't be continued behind the id that it asked for. The texts are part of the outside surface
/// (`event: sluice.gap`).
package enum GapReason: String, Sendable, CaseIterable {
    /// The log no longer holds everything behind the id.
    case retention
    /// The id is of another incarnation of the log.
    case epoch
    /// The id is newer than the log's newest event.
    case future
    /// The id is none that Sluice makes.
    case malformed
}
