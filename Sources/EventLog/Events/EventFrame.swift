// An event's bytes, made once and shared by every stream. Knows the two forms a stream can need: with HTTP/1.1's chunk
// framing around it, and without. Not for anything that differs from stream to stream.

package import EventStream
package import NIOCore

/// One piece of an event stream, ready to be written to any number of streams without being copied.
package struct EventFrame: Sendable {
    /// As one chunk of `Transfer-Encoding: chunked` (RFC 9112 §7.1).
    package private(set) var chunk: ByteBuffer
    private var prefixLength: Int

    /// Room for the largest chunk size that a `ByteBuffer` can have (8 hex digits), and CRLF.
    private static let prefixRoom = 10
    private static let suffixLength = 2

    /// Encodes what `write` appends.
    ///
    /// - Parameters:
    ///   - capacity: how many bytes `write` is expected to append; the buffer grows when it is more.
    ///   - write: appends at least one byte (an empty chunk would end the response, RFC 9112 §7.1).
    package init(capacity: Int, _ write: (inout ByteBuffer) -> Void) {
        var buffer = ByteBufferAllocator().buffer(capacity: Self.prefixRoom + capacity + Self.suffixLength)
        // The size stands in front of what it measures, so room is left for it and filled in afterwards.
        buffer.moveWriterIndex(to: Self.prefixRoom)
        buffer.moveReaderIndex(to: Self.prefixRoom)
        write(&buffer)
        let size = UInt64(buffer.readableBytes)
        prefixLength = ByteRun.hexadecimalDigits(of: size) + 2
        buffer.prependRun(count: prefixLength) { run in
            run.write(hexadecimal: size)
            run.write("\r\n" as StaticString)
        }
        buffer.writeStaticString("\r\n")
        chunk = buffer
    }

    /// Encodes an event whose place in the log is not known yet: all but its id, with room for it in front. So that a
    /// log can give out places under a lock and encode before it. ``place(at:)`` makes it whole.
    package init(unplaced event: NewEvent, in epoch: Epoch) {
        let room = Self.prefixRoom + Self.idLength(epoch, digits: 20)
        let length = EventStreamEncoder.estimatedByteCount(
            id: nil, event: event.name, request: event.request, dataByteCount: event.data.readableBytes)
        var buffer = ByteBufferAllocator().buffer(capacity: room + length + Self.suffixLength)
        buffer.moveWriterIndex(to: room)
        buffer.moveReaderIndex(to: room)
        EventStreamEncoder.appendEvent(
            id: nil, event: event.name, request: event.request, data: event.data, end: "\r\n", to: &buffer)
        chunk = buffer
        prefixLength = 0
    }

    /// Writes the id of an event, and with it the chunk's size, in front of what is encoded. Once.
    package mutating func place(at id: LoggedEventID) {
        let length = Self.idLength(id.epoch, digits: ByteRun.decimalDigits(of: id.sequence))
        let size = UInt64(chunk.readableBytes + length - Self.suffixLength)
        prefixLength = ByteRun.hexadecimalDigits(of: size) + 2
        chunk.prependRun(count: prefixLength + length) { run in
            run.write(hexadecimal: size)
            run.write("\r\nid: " as StaticString)
            run.write(id.epoch.text)
            run.write(UInt8(ascii: "-"))
            run.write(decimal: id.sequence)
            run.write(UInt8(ascii: "\n"))
        }
    }

    /// `id: <epoch>-<digits>` and its line's end.
    private static func idLength(_ epoch: Epoch, digits: Int) -> Int { 4 + epoch.text.utf8.count + 1 + digits + 1 }

    /// The bytes of the event stream alone: for HTTP/1.0 and HTTP/2.
    package var bytes: ByteBuffer {
        chunk.getSlice(at: chunk.readerIndex + prefixLength, length: byteCount) ?? ByteBuffer()
    }

    /// How many bytes the frame counts for in a buffer's limit: those of the event stream, without framing.
    package var byteCount: Int { chunk.readableBytes - prefixLength - Self.suffixLength }
}

extension EventFrame {
    /// An event of the log.
    package init(_ event: NewEvent, id: LoggedEventID) {
        self.init(unplaced: event, in: id.epoch)
        place(at: id)
    }

    /// An event of any kind.
    package init(id: EventID?, event: EventName?, data: ByteBuffer) {
        let capacity = EventStreamEncoder.estimatedByteCount(id: id, event: event, dataByteCount: data.readableBytes)
        self.init(capacity: capacity) { buffer in
            EventStreamEncoder.appendEvent(id: id, event: event, data: data, to: &buffer)
        }
    }
}
