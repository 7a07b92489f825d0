// The frames that are the stream's own and not of the log: its opening, its heartbeat, another time to wait.

package import EventLog
internal import EventStream
internal import NIOCore
internal import StrictJSON

extension EventFrame {
    /// A comment line that keeps proxies and dead-connection checks content.
    package static let heartbeat = EventFrame(capacity: 2) { EventStreamEncoder.appendComment(to: &$0) }

    /// What a stream opens with: how long to wait before a reconnect. It belongs to the block of the event that
    /// follows.
    ///
    /// - Parameter opening: told to a client whose last id is none to come back with.
    package static func prelude(retryMilliseconds: UInt32, _ opening: StreamOpening? = nil) -> EventFrame {
        EventFrame(capacity: opening == nil ? 32 : 160) { buffer in
            EventStreamEncoder.appendRetry(milliseconds: retryMilliseconds, to: &buffer)
            guard let opening else { return }
            EventStreamEncoder.appendEvent(
                id: opening.id.eventID, event: StreamOpening.name, data: opening.data, to: &buffer)
        }
    }

    /// Another time to wait before a reconnect.
    static func retry(milliseconds: UInt32) -> EventFrame {
        EventFrame(capacity: 32) { EventStreamEncoder.appendRetry(milliseconds: milliseconds, to: &$0) }
    }
}

/// `event: sluice.open`, the first event of a client that has had none yet. `EventSource` keeps its id, and shows no
/// field of the response.
package struct StreamOpening: Sendable {
    /// The stream's name in the response's `Sluice-Stream`.
    let stream: String
    /// The newest event of the log when the stream began. The stream gets all that come after it.
    let id: LoggedEventID

    static let name = EventName(literal: "sluice.open")

    var data: ByteBuffer {
        var json = JSONWriter(capacity: 64)
        json.object { $0.string("stream", stream) }
        return ByteBuffer(bytes: json.bytes)
    }
}
