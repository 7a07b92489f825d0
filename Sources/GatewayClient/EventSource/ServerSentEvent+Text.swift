package import EventStream
internal import NIOCore
internal import StrictJSON

/// A received event as text for standard output, in the two forms of `sluice listen`.
extension ServerSentEvent {
    /// The event as event-stream text again, blank line included, so that any event-stream parser can read it.
    ///
    /// An id or a name that the encoder refuses (longer than 255 bytes) is left out.
    package var eventStreamText: String {
        var buffer = ByteBuffer()
        EventStreamEncoder.appendEvent(
            id: try? EventID(lastEventID), event: try? EventName(event), data: ByteBuffer(string: data), to: &buffer)
        return String(buffer: buffer)
    }

    /// The event as one JSON object on one line: `id` (empty when the stream gave none), `event`, `data`, all strings.
    package var json: String {
        var writer = JSONWriter()
        writer.object { members in
            members.string("id", lastEventID)
            members.string("event", event)
            members.string("data", data)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
