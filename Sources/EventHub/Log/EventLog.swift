// The source of truth: what the hub asks of every engine. The hub is a fan-out of a log's tail and keeps no events itself.

/// An ordered, bounded record of events.
///
/// An engine fixes the order in one place. Completions and the tail may be called on any thread, and may be called before
/// the method that takes them returns.
package protocol EventLog: Sendable {
    /// Names this incarnation of the log; a log that lost its events gets another.
    var epoch: Epoch { get }

    /// Where an earlier epoch of this log ended, if it is one: its events up to there are the log's own, under the epoch
    /// of today. Nothing for an epoch that the log knows nothing of.
    func end(of epoch: Epoch) -> Position?

    /// The sequence of the newest event; 0 when there has been none.
    var head: Position { get }

    /// What the log holds at present.
    var extent: LogExtent { get }

    /// Has `tail` called for each batch of events from here on, by whomever appended, in log order and before the
    /// append's own completion. It must not call back into the log. Called once, before the first append.
    func follow(_ tail: @escaping Tail)

    /// Puts a batch at the log's end, all or none, in its order; or finds that it is there already, by its key.
    ///
    /// - Parameter completion: gets the place of the batch. Until it is called no publisher may be told that its event is
    ///   safe (guarantee 2).
    func append(_ batch: EventBatch, completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void)

    /// Reads what a stream missed, in order and in bounded steps.
    ///
    /// - Parameters:
    ///   - position: the last event that the stream has.
    ///   - interest: whose events.
    ///   - byteLimit: stop after the event that reaches it, or when ``ReplayStep/lookLimit`` events have been looked at.
    ///   - completion: gets the step.
    func read(
        after position: Position, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void)

    /// Writes what waits to be written, answers everyone, and takes nothing more.
    func close() async
}

/// Gets each batch of the log's new events.
package typealias Tail = @Sendable ([LoggedEvent]) -> Void

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

/// A bounded piece of replay.
package struct ReplayStep: Sendable {
    /// How many events one step looks at, those that have expired included: they cost a look and deliver nothing.
    package static let lookLimit = 1024

    /// Where reading began. Not the position that was asked for when the log no longer holds what is behind that one, or
    /// never held it: a gap.
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

/// A log could not take or give events.
package struct EventLogError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, so far as a caller has to tell cases apart.
    package struct Code: Sendable, Hashable {
        /// Also the reason in metrics.
        package let name: String
        /// The engine can't write at present; a later try may succeed.
        package static let unavailable = Code(name: "log-unavailable")
        /// There is no room left where the engine writes.
        package static let full = Code(name: "log-full")
        /// More waits to be written than the engine holds in memory.
        package static let busy = Code(name: "log-busy")
        /// The engine has been closed.
        package static let closed = Code(name: "log-closed")
        /// The batch's key was used for other events. A later try ends the same.
        package static let keyReused = Code(name: "idempotency-key-reused")
    }

    package let code: Code
    /// What is wrong and what to do, for an operator's eyes.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.name): \(message)" }
}
