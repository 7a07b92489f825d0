// The source of truth: what the hub asks of every engine. The hub is a fan-out of a log's tail and keeps no events itself.

/// An ordered, bounded record of events.
///
/// An engine fixes the order in one place. Completions and the tail may be called on any thread, and may be called before
/// the method that takes them returns.
package protocol EventLog: Sendable {
    /// Names this incarnation of the log; a log that lost its events gets another.
    var epoch: Epoch { get }

    /// The sequence of the newest event; 0 when there has been none.
    var head: Position { get }

    /// Has `tail` called for each batch of events from here on, by whomever appended, in log order and before the
    /// append's own completion. It must not call back into the log. Called once, before the first append.
    func follow(_ tail: @escaping Tail)

    /// Puts events at the log's end, all or none, in their order.
    ///
    /// - Parameter completion: gets the sequence of the first; the others follow without a hole. Until it is called no
    ///   publisher may be told that its event is safe (guarantee 2).
    func append(
        _ events: [NewEvent], completion: @escaping @Sendable (Result<Position, EventLogError>) -> Void)

    /// Reads what a stream missed, in order and in bounded steps.
    ///
    /// - Parameters:
    ///   - position: the last event that the stream has.
    ///   - interest: whose events.
    ///   - byteLimit: stop after the event that reaches it.
    ///   - completion: gets the step.
    func read(
        after position: Position, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void)
}

/// Gets each batch of the log's new events.
package typealias Tail = @Sendable ([LoggedEvent]) -> Void

/// A bounded piece of replay.
package struct ReplayStep: Sendable {
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
package enum GapReason: String, Sendable {
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
        /// The engine has been closed.
        package static let closed = Code(name: "log-closed")
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
