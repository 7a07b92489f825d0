package import NIOCore

/// Reads the event-stream grammar (HTML standard §9.2.5) from bytes that arrive in any fragmentation, and interprets it
/// (§9.2.6).
///
/// Holds at most `limit` bytes of an unfinished block; more is an error, and an error is final. What stands behind the
/// last blank line when the connection ends is dropped by dropping the parser, as §9.2.6 demands.
package struct EventStreamParser: Sendable {
    /// The bytes of an unfinished block that the parser may hold.
    package let limit: Int
    /// The reconnection time that the stream set last, in milliseconds.
    package private(set) var retryMilliseconds: Int?
    /// What a reader sends as `Last-Event-ID` when it connects again; empty when the stream set none.
    ///
    /// Changes only with a block's end, so that a cut block is asked for again.
    package var lastEventID: String { block.lastEventID }

    private var block: EventBlock
    private var unfinishedLine = ByteBuffer()
    private var isFirstLine = true
    private var skipsLineFeed = false
    private var failure: EventStreamError?

    /// Creates a parser for one connection.
    ///
    /// - Parameters:
    ///   - limit: the bytes of an unfinished block that the parser may hold. 1 MiB when not given.
    ///   - lastEventID: the id that an earlier connection ended with; it stays until the stream sets another.
    package init(limit: Int = 1 << 20, lastEventID: String = "") {
        self.limit = limit
        self.block = EventBlock(lastEventID: lastEventID)
    }

    /// Reads the next fragment.
    ///
    /// - Parameters:
    ///   - fragment: the readable bytes are the next ones of the stream.
    ///   - items: gets what they complete at its end, also when the function throws.
    /// - Throws: `EventStreamError` with code `eventTooLarge` when an unfinished block exceeds the limit; from then on
    ///   every call throws it.
    package mutating func feed(
        _ fragment: ByteBuffer, into items: inout [EventStreamItem]
    ) throws(EventStreamError) {
        if let failure { throw failure }
        var position = fragment.readerIndex
        while position < fragment.writerIndex {
            if skipLineFeed(in: fragment, at: position) {
                position += 1
                continue
            }
            let end = LineBreakScanner.firstLineBreak(in: fragment, range: position..<fragment.writerIndex)
            try hold(end - position)
            guard end < fragment.writerIndex else {
                keep(fragment, position..<end)
                return
            }
            let ending = fragment.getInteger(at: end, as: UInt8.self)
            skipsLineFeed = ending == LineBreakScanner.carriageReturn
            finishLine(fragment, position..<end, into: &items)
            position = end + 1
        }
    }

    /// A CR ends its line at once, so that an event is not held back for the LF that may follow; if it does, it is not
    /// another line's end.
    private mutating func skipLineFeed(in fragment: ByteBuffer, at position: Int) -> Bool {
        guard skipsLineFeed else { return false }
        skipsLineFeed = false
        return fragment.getInteger(at: position, as: UInt8.self) == LineBreakScanner.lineFeed
    }

    private mutating func hold(_ byteCount: Int) throws(EventStreamError) {
        let total = block.byteCount + unfinishedLine.readableBytes + byteCount
        guard total > limit else { return }
        let error = EventStreamError(
            code: .eventTooLarge, message: "an event has more than \(limit) bytes: raise the limit or send less")
        failure = error
        unfinishedLine = ByteBuffer()
        block.drop()
        throw error
    }

    private mutating func keep(_ fragment: ByteBuffer, _ range: Range<Int>) {
        guard let part = fragment.getSlice(at: range.lowerBound, length: range.count) else { return }
        unfinishedLine.writeImmutableBuffer(part)
    }

    private mutating func finishLine(
        _ fragment: ByteBuffer, _ range: Range<Int>, into items: inout [EventStreamItem]
    ) {
        guard unfinishedLine.readableBytes == 0 else {
            keep(fragment, range)
            let line = unfinishedLine
            unfinishedLine = ByteBuffer()
            interpret(line, into: &items)
            return
        }
        guard let line = fragment.getSlice(at: range.lowerBound, length: range.count) else { return }
        interpret(line, into: &items)
    }

    private mutating func interpret(_ bytes: ByteBuffer, into items: inout [EventStreamItem]) {
        var line = bytes
        if isFirstLine {
            isFirstLine = false
            line.dropByteOrderMark()
        }
        guard let item = block.take(EventStreamLine(line)) else { return }
        if case .retry(let milliseconds) = item { retryMilliseconds = milliseconds }
        items.append(item)
    }
}

extension ByteBuffer {
    /// §9.2.5: one leading U+FEFF is ignored. It holds no line break, so it can only stand in the first line.
    fileprivate mutating func dropByteOrderMark() {
        guard readableBytesView.starts(with: [0xEF, 0xBB, 0xBF]) else { return }
        moveReaderIndex(forwardBy: 3)
    }
}
