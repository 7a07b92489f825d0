// The first event of a client that has had none yet. `EventSource` keeps its id, and shows no field of the response.

internal import EventLog
internal import EventStream
internal import NIOCore
internal import StrictJSON

/// `event: sluice.open`.
package struct StreamOpening: Sendable {
    /// The stream's name in the response's `Sluice-Stream`.
    let stream: String
    /// The newest event of the log when the stream began. The stream gets all that come after it.
    let id: LoggedEventID

    static let name = EventName(literal: "sluice.open")

    var data: ByteBuffer {
        var json = JSONWriter()
        json.object { $0.string("stream", stream) }
        return ByteBuffer(bytes: json.bytes)
    }
}
