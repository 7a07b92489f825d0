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

/// Finds the next line break of the event-stream grammar: CR or LF, whichever comes first.
///
/// Eight bytes per step, and one pass for both bytes. It knows nothing of CRLF pairs or fields; the encoder and the
/// parser do.
enum LineBreakScanner {
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D

    private static let everyByte: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The index of the first CR or LF in `buffer`.
    ///
    /// - Parameters:
    ///   - buffer: the bytes to look through.
    ///   - range: absolute indices inside the readable bytes.
    /// - Returns: the absolute index, or `range.upperBound` when there is none.
    static func firstLineBreak(in buffer: ByteBuffer, range: Range<Int>) -> Int {
        let (start, end) = (range.lowerBound - buffer.readerIndex, range.upperBound - buffer.readerIndex)
        return buffer.withUnsafeReadableBytes { bytes in
            range.lowerBound + firstLineBreak(in: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        }
    }

    private static func firstLineBreak(in bytes: UnsafeRawBufferPointer) -> Int {
        var index = 0
        while index + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let hits = zeroBytes(word ^ (everyByte &* 0x0A)) | zeroBytes(word ^ (everyByte &* 0x0D))
            if hits != 0 { return index + hits.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < bytes.count, bytes[index] != lineFeed, bytes[index] != carriageReturn { index += 1 }
        return index
    }

    /// The high bit of every zero byte. A borrow can mark a byte *above* a zero byte by mistake, never one below, so
    /// the lowest mark is always right.
    private static func zeroBytes(_ word: UInt64) -> UInt64 {
        (word &- everyByte) & ~word & highBits
    }
}
