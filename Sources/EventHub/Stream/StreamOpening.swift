// What a client that has had no event yet is told of its stream. `EventSource` keeps the id, and shows no response
// field.

internal import EventLog
internal import EventStream
internal import NIOCore
internal import StrictJSON

/// `event: sluice.open`.
package struct StreamOpening: Sendable {
    /// What the stream is called in the response's `Sluice-Stream`.
    let stream: String
    /// The newest event of the log when the stream began: the stream has what comes behind it.
    let id: LoggedEventID

    static let name = EventName(literal: "sluice.open")

    var data: ByteBuffer {
        var json = JSONWriter()
        json.object { $0.string("stream", stream) }
        return ByteBuffer(bytes: json.bytes)
    }
}
