internal import NIOCore

/// The block that is being read: the data, event type and last event id buffers of HTML standard §9.2.6.
///
/// Takes whole lines. Bytes, fragments and the size limit are the parser's.
struct EventBlock: Sendable {
    /// The last event id string: what the id buffer held when a block ended last.
    private(set) var lastEventID: String

    private var idBuffer: String
    private var eventType = ""
    private var data = ByteBuffer()

    init(lastEventID: String) {
        self.lastEventID = lastEventID
        self.idBuffer = lastEventID
    }

    /// What the block holds, in bytes.
    var byteCount: Int {
        data.readableBytes + eventType.utf8.count + (idBuffer == lastEventID ? 0 : idBuffer.utf8.count)
    }

    /// Takes a line and returns what it makes visible.
    mutating func take(_ line: EventStreamLine) -> EventStreamItem? {
        switch line {
        case .blank: return dispatch()
        case .comment(let text): return .comment(text)
        case .retry(let milliseconds): return .retry(milliseconds: milliseconds)
        case .event(let name): eventType = name
        case .id(let id): idBuffer = id
        case .data(let value):
            data.writeImmutableBuffer(value)
            data.writeInteger(LineBreakScanner.lineFeed)
        case .ignored: break
        }
        return nil
    }

    /// Forgets the unfinished block.
    mutating func drop() {
        data = ByteBuffer()
        eventType = ""
    }

    /// Ends the block. The id counts even when there is no data; a name without data is forgotten.
    private mutating func dispatch() -> EventStreamItem? {
        lastEventID = idBuffer
        defer { drop() }
        // Every data line brought its own LF: no bytes means no data line, and the last LF is not part of the data.
        guard data.readableBytes > 0 else { return nil }
        let text = String(decoding: data.readableBytesView.dropLast(), as: UTF8.self)
        return .event(
            ServerSentEvent(lastEventID: lastEventID, event: eventType.isEmpty ? "message" : eventType, data: text))
    }
}
