/// One event as a reader dispatches it (HTML standard §9.2.6).
package struct ServerSentEvent: Sendable, Equatable {
    /// The last event id when the event was dispatched: its own, or the one that an earlier block set. Empty when none
    /// was.
    package var lastEventID: String
    /// The event's name; "message" when the block gave none.
    package var event: String
    /// The `data` lines joined with LF; bad UTF-8 is replaced by U+FFFD.
    package var data: String

    /// Creates an event.
    ///
    /// - Parameters:
    ///   - lastEventID: the last event id, empty when there is none.
    ///   - event: the event's name.
    ///   - data: the event's data.
    package init(lastEventID: String = "", event: String = "message", data: String) {
        self.lastEventID = lastEventID
        self.event = event
        self.data = data
    }
}

/// What a reader can notice in an event stream, in the stream's order.
package enum EventStreamItem: Sendable, Equatable {
    /// A block with data ended: the event is dispatched.
    case event(ServerSentEvent)
    /// A comment line, without its colon and one leading space. Heartbeats are empty comments.
    case comment(String)
    /// The server set the reconnection time, in milliseconds.
    case retry(milliseconds: Int)
}
