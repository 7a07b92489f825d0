internal import GatewayClient
internal import NIOCore

/// Reads a gateway's event stream (HTML standard §9.2.5) as fast as a load needs, and of each event only what the fleet
/// must know.
///
/// It does not read the whole grammar, as `EventStreamParser` does: lines end with LF, as this gateway writes them, and
/// an event has one line of data. Anything else becomes `foreign`, so it is counted and not overlooked.
struct EventScanner: Sendable {
    /// What a block means to the fleet. Comments and retry times mean nothing.
    enum Item: Equatable {
        case event(FleetEvent)
        /// `sluice.gap`: something can't be replayed.
        case gap
        /// `sluice.rejected`: the stream is going to end; the data says why.
        case rejected(String)
        /// An event that the fleet did not publish.
        case foreign
    }

    /// An unfinished block may have this many bytes.
    static let limit = 4 << 20

    /// What a reader sends as `Last-Event-ID` when it connects again; empty when there was none.
    private(set) var lastEventID = ByteBuffer()
    private var unfinished = ByteBuffer()

    /// Reads the next bytes.
    ///
    /// - Parameters:
    ///   - bytes: the stream's next bytes.
    ///   - take: gets each item.
    /// - Throws: `GatewayClientError` with code `tooLarge` when a block does not end.
    mutating func feed(_ bytes: ByteBuffer, _ take: (Item) -> Void) throws(GatewayClientError) {
        var bytes = bytes
        if unfinished.readableBytes > 0 {
            unfinished.writeImmutableBuffer(bytes)
            swap(&bytes, &unfinished)
        }
        bytes.moveReaderIndex(forwardBy: scan(bytes, take))
        // Copies what is left over, so that the memory that it came in is not kept.
        unfinished = bytes.readableBytes > 0 ? ByteBuffer(bytes: bytes.readableBytesView) : ByteBuffer()
        guard unfinished.readableBytes <= Self.limit else {
            throw GatewayClientError(code: .tooLarge, message: "an event has more than \(Self.limit) bytes")
        }
    }

    /// Reads whole blocks and returns how many bytes they have.
    private mutating func scan(_ buffer: ByteBuffer, _ take: (Item) -> Void) -> Int {
        let bytes = buffer.readableBytesUInt8Span
        var block = Block()
        var lineStart = 0
        var used = 0
        for position in bytes.indices where bytes[position] == UInt8(ascii: "\n") {
            if position > lineStart {
                block.take(lineStart..<position, of: bytes)
                // A heartbeat is a line without a block's end. Heartbeats must not pile up before an event.
                if block.isEmpty { used = position + 1 }
            } else {
                if let id = block.id { keepID(id, of: buffer) }
                if let item = block.item(of: bytes) { take(item) }
                block = Block()
                used = position + 1
            }
            lineStart = position + 1
        }
        return used
    }

    private mutating func keepID(_ range: Range<Int>, of buffer: ByteBuffer) {
        lastEventID.clear()
        lastEventID.writeBytes(buffer.readableBytesSpan.extracting(range))
    }
}

/// The lines of a block that matter, as places in the bytes.
private struct Block {
    private(set) var id: Range<Int>?
    private var name: Range<Int>?
    private var data: Range<Int>?
    private var hasSeveralLines = false
    var isEmpty: Bool { id == nil && name == nil && data == nil }

    mutating func take(_ line: Range<Int>, of bytes: Span<UInt8>) {
        switch bytes[line.lowerBound] {
        case UInt8(ascii: "d") where bytes.hasBytes("data: ", at: line.lowerBound):
            hasSeveralLines = data != nil
            data = line.dropFirst(6)
        case UInt8(ascii: "i") where bytes.hasBytes("id: ", at: line.lowerBound): id = line.dropFirst(4)
        case UInt8(ascii: "e") where bytes.hasBytes("event: ", at: line.lowerBound): name = line.dropFirst(7)
        default: break
        }
    }

    func item(of bytes: Span<UInt8>) -> EventScanner.Item? {
        guard let data else { return nil }
        guard let name else {
            guard !hasSeveralLines, let event = FleetEvent(data: bytes.extracting(data)) else { return .foreign }
            return .event(event)
        }
        switch name.count {
        case 10 where bytes.hasBytes("sluice.gap", at: name.lowerBound): return .gap
        // Only the event's id matters, for the first reconnect.
        case 11 where bytes.hasBytes("sluice.open", at: name.lowerBound): return nil
        // The gateway's own word, which no lane waits for.
        case 15 where bytes.hasBytes("sluice.presence", at: name.lowerBound): return nil
        case 15 where bytes.hasBytes("sluice.rejected", at: name.lowerBound):
            return .rejected(String(copying: bytes.extracting(data)))
        default: return .foreign
        }
    }
}

extension String {
    fileprivate init(copying bytes: Span<UInt8>) {
        self.init(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
}
