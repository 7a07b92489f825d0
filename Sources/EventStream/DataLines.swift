internal import NIOCore

/// Cuts an event's data into the lines that each get a `data` field: CR, LF and CRLF end a line (HTML standard §9.2.5).
///
/// The data always has one line more than it has line breaks, so empty data is one empty line. For data that is
/// complete; the parser, which sees fragments, has its own reading of a CR at a border.
struct DataLines {
    private let buffer: ByteBuffer
    private var start: Int?

    init(_ buffer: ByteBuffer) {
        self.buffer = buffer
        self.start = buffer.readerIndex
    }

    /// The next line as absolute indices without its line break, or `nil` behind the last one.
    mutating func next() -> Range<Int>? {
        guard let lower = start else { return nil }
        let end = LineBreakScanner.firstLineBreak(in: buffer, range: lower..<buffer.writerIndex)
        start = end == buffer.writerIndex ? nil : indexBehindLineBreak(at: end)
        return lower..<end
    }

    private func indexBehindLineBreak(at index: Int) -> Int {
        let isPair =
            buffer.getInteger(at: index, as: UInt8.self) == LineBreakScanner.carriageReturn
            && index + 1 < buffer.writerIndex
            && buffer.getInteger(at: index + 1, as: UInt8.self) == LineBreakScanner.lineFeed
        return index + (isPair ? 2 : 1)
    }
}
