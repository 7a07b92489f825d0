// How a chunked body is framed (RFC 9112 §7.1), as a value: how much it announces, and how many bytes of framing it
// costs to send it. Judges no grammar: that is the decoder's, which says nothing of chunk sizes and extensions.

internal import PeerText

/// Follows one chunked body, over any number of reads.
struct ChunkMeter: Sendable {
    /// Why a body is not read on.
    enum Trouble: Error, Equatable {
        /// It announces more than may be sent.
        case tooLarge
        /// Chunk sizes, extensions, line ends and trailers make up too much of it.
        case overhead
    }

    /// Bytes of framing that a body may have beyond as many as it has content: bodies in pieces of a dozen bytes pass,
    /// and one of single bytes, or of extensions, ends soon (RFC 9112 §7.1.1).
    static let freeOverhead = 16 * 1024

    private enum Place {
        case size, sizeLine, content, contentEnd
        /// A line of the trailers. `isEmpty`: nothing of it has come.
        case trailer(isEmpty: Bool)
        case end
    }

    private var place = Place.size
    private var size: UInt64 = 0
    private var announced: UInt64 = 0
    private var content = 0
    private var overhead = 0

    init() {}

    /// Whether the body's end has come.
    var isComplete: Bool { if case .end = place { true } else { false } }

    /// Looks over the next bytes, and returns how many of them are the body's.
    ///
    /// - Parameter limit: how many bytes of content there may be.
    mutating func look(over bytes: UnsafeRawBufferPointer, limit: Int) throws(Trouble) -> Int {
        var index = 0
        while index < bytes.count, !isComplete {
            if case .content = place {
                index += skipContent(atMost: bytes.count - index)
            } else {
                overhead += 1
                take(bytes[index])
                index += 1
            }
            guard max(announced, size) <= UInt64(clamping: limit) else { throw .tooLarge }
            guard overhead <= Self.freeOverhead + content else { throw .overhead }
        }
        return index
    }

    private mutating func skipContent(atMost count: Int) -> Int {
        let count = Int(clamping: min(size, UInt64(clamping: count)))
        size -= UInt64(count)
        content += count
        if size == 0 { place = .contentEnd }
        return count
    }

    /// A byte of framing.
    private mutating func take(_ byte: UInt8) {
        let isLineEnd = byte == UInt8(ascii: "\n")
        switch place {
        case .size:
            guard let digit = ASCII.hexDigit(byte) else {
                place = .sizeLine
                if isLineEnd { beginContent() }
                return
            }
            // Beyond 64 bits it is too large whatever follows.
            let (product, isOver) = size.multipliedReportingOverflow(by: 16)
            size = isOver ? .max : product | UInt64(digit)
        case .sizeLine: if isLineEnd { beginContent() }
        case .contentEnd: if isLineEnd { place = .size }
        case .trailer(let isEmpty):
            if isLineEnd {
                place = isEmpty ? .end : .trailer(isEmpty: true)
            } else if byte != UInt8(ascii: "\r") {
                place = .trailer(isEmpty: false)
            }
        case .content, .end: break
        }
    }

    private mutating func beginContent() {
        let (sum, isOver) = announced.addingReportingOverflow(size)
        announced = isOver ? .max : sum
        place = size == 0 ? .trailer(isEmpty: true) : .content
    }
}
