package import NIOCore

/// Writes the event-stream grammar (HTML standard §9.2.5) to the end of a buffer: events, retry times, comments.
///
/// An event is a whole block, blank line included. Retry times and comments are single lines: a blank line behind them
/// would end a block without data, which is nothing to `EventSource` (§9.2.6) and an empty event to many other readers.
/// Nothing here knows of HTTP: chunk framing is done by the sender, and `byteCount(…)` tells it the length beforehand.
package enum EventStreamEncoder {
    /// The room that an event needs when its data holds no line break; six bytes more for each that it holds.
    ///
    /// A constant-time estimate to allocate a buffer once.
    ///
    /// - Parameters:
    ///   - id: the event's id.
    ///   - event: the event's name.
    ///   - request: the request that brought it.
    ///   - dataByteCount: the length of its data in bytes.
    /// - Returns: a number of bytes, at least 7.
    package static func estimatedByteCount(
        id: EventID?, event: EventName?, request: FieldValue? = nil, dataByteCount: Int
    ) -> Int {
        var count = Field.data.count + dataByteCount + 2
        if let id { count += Field.id.count + id.text.utf8.count + 1 }
        if let event { count += Field.event.count + event.text.utf8.count + 1 }
        if let request { count += Field.request.count + request.text.utf8.count + 1 }
        return count
    }

    /// Appends one event.
    ///
    /// CR, LF and CRLF in the data each start a new `data` line; the reader joins the lines with LF.
    ///
    /// - Parameters:
    ///   - id: written as the `id` field when there is one.
    ///   - event: written as the `event` field when there is one; a reader takes "message" when there is none.
    ///   - request: written as a field `request` when there is one, which `EventSource` passes over (§9.2.6).
    ///   - data: the readable bytes are the event's data, UTF-8 by the caller's promise (a reader replaces bad bytes).
    ///   - end: what follows the event, of another grammar.
    ///   - buffer: gets the event at its end; grows at most once when the data holds no line break.
    package static func appendEvent(
        id: EventID?, event: EventName?, request: FieldValue? = nil, data: ByteBuffer, end: StaticString = "",
        to buffer: inout ByteBuffer
    ) {
        var lines = DataLines(data)
        let first = lines.next()
        let room = estimatedByteCount(
            id: id, event: event, request: request, dataByteCount: data.readableBytes)
        buffer.appendRun(room: room + end.utf8CodeUnitCount) { run in
            if let id { append(Field.id, id.text, to: &run) }
            if let event { append(Field.event, event.text, to: &run) }
            if let request { append(Field.request, request.text, to: &run) }
            // Data nearly always is one line.
            guard first?.count == data.readableBytes else { return }
            run.write(Field.data.text)
            run.write(data)
            run.write(LineBreakScanner.lineFeed)
            run.write(LineBreakScanner.lineFeed)
            run.write(end)
        }
        guard first?.count != data.readableBytes else { return }
        lines = DataLines(data)
        while let line = lines.next() {
            buffer.writeStaticString(Field.data.text)
            buffer.writeImmutableSlice(of: data, at: line)
            buffer.writeInteger(LineBreakScanner.lineFeed)
        }
        buffer.writeInteger(LineBreakScanner.lineFeed)
        buffer.writeStaticString(end)
    }

    /// Appends a reconnection time: a line, which a reader takes at once (§9.2.6), and which belongs to the block that
    /// follows.
    ///
    /// - Parameters:
    ///   - milliseconds: how long a reader waits before it connects again.
    ///   - buffer: gets the line at its end.
    package static func appendRetry(milliseconds: UInt32, to buffer: inout ByteBuffer) {
        buffer.appendRun(room: 8 + ByteRun.mostDigits) { run in
            run.write("retry: " as StaticString)
            run.write(decimal: UInt64(milliseconds))
            run.write(LineBreakScanner.lineFeed)
        }
    }

    /// Appends a comment. Without text it is the heartbeat, a line of `:`: the shortest thing that keeps a connection
    /// alive and that every reader passes over.
    ///
    /// - Parameters:
    ///   - text: a line break in it starts another comment line.
    ///   - buffer: gets the lines at its end.
    package static func appendComment(_ text: String = "", to buffer: inout ByteBuffer) {
        guard !text.isEmpty else {
            buffer.writeStaticString(":\n")
            return
        }
        let bytes = ByteBuffer(string: text)
        var lines = DataLines(bytes)
        while let line = lines.next() {
            buffer.writeStaticString(": ")
            buffer.writeImmutableSlice(of: bytes, at: line)
            buffer.writeInteger(LineBreakScanner.lineFeed)
        }
    }

    private static func append(_ field: Field, _ value: String, to run: inout ByteRun) {
        run.write(field.text)
        run.write(value)
        run.write(LineBreakScanner.lineFeed)
    }
}

/// A field's name with colon and space. The space is always written: a reader removes exactly one, so that a value's
/// own leading space survives.
private struct Field {
    static let id = Field(text: "id: ")
    static let event = Field(text: "event: ")
    static let data = Field(text: "data: ")
    static let request = Field(text: "request: ")

    let text: StaticString
    var count: Int { text.utf8CodeUnitCount }
}

extension ByteBuffer {
    /// Appends a part of another buffer, given by absolute indices.
    fileprivate mutating func writeImmutableSlice(of other: ByteBuffer, at range: Range<Int>) {
        guard !range.isEmpty, let slice = other.getSlice(at: range.lowerBound, length: range.count) else { return }
        writeImmutableBuffer(slice)
    }
}
