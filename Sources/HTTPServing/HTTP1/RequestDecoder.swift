// HTTP/1.1 requests out of bytes: NIO's decoder, and in front of it a look at how a chunked body is framed, of which
// that tells nothing. Every byte is passed on, cut where a head or a body ends: so this can refuse a request, and not
// change one.

internal import NIOCore
internal import NIOHTTP1

/// The decoder of one connection.
final class RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    private enum Place {
        /// In a head, or in a body that has a length: the next end of a head is looked for.
        case head(HeadEnd)
        case chunks(ChunkMeter)
    }

    private let decoder: HTTPRequestDecoder
    private var place = Place.head(HeadEnd())
    /// How many bytes that NIO's decoder has left, a part of a field, have been looked at.
    private var seen = 0
    private var isChunked = false
    private var contentLimit = Int.max
    /// Whether what comes next is a head, or the rest of one.
    private var isInHead = true
    /// How many heads have been decoded.
    private var heads: UInt64 = 0
    /// What a head that is not complete, or that was refused, has for `Origin` so far.
    private(set) var originsOfUnread: [String] = []
    /// The line of such a head that has not ended, as far as NIO's decoder has taken it: that keeps the part of a
    /// value, and not the name before it.
    private var lineOfUnread: [UInt8] = []

    /// - Parameter headBytes: how many bytes a request's head may have; its trailers count with it.
    init(headBytes: Int) {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = headBytes
        limits.maxHeaderListSize = headBytes
        decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
    }

    // MARK: What the connection says

    /// The head that has just been decoded: how its body is framed.
    func begins(_ head: HTTPRequestHead) {
        isChunked = head.headers.contains(name: "transfer-encoding")
        contentLimit = .max
        (isInHead, heads) = (false, heads + 1)
        lineOfUnread = []
    }

    /// The request whose head was decoded is complete.
    func ends() {
        isInHead = true
        originsOfUnread = []
    }

    /// The body that follows may have so many bytes: chunks that announce more are not waited for.
    func limitsContent(to count: Int) { contentLimit = count }

    // MARK: Bytes

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        while buffer.readableBytes > seen {
            let count =
                try seen
                + buffer.withUnsafeReadableBytes { bytes in
                    try look(over: UnsafeRawBufferPointer(rebasing: bytes[seen...]))
                }
            try pass(count, of: &buffer, context)
        }
        return .needMoreData
    }

    func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        _ = try decode(context: context, buffer: &buffer)
        return try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }

    func decoderAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) { decoder.decoderRemoved(context: context) }

    /// How many of these bytes belong together.
    private func look(over bytes: UnsafeRawBufferPointer) throws(ChunkMeter.Trouble) -> Int {
        switch place {
        case .head(var end):
            let found = end.find(in: bytes)
            place = .head(end)
            return found ?? bytes.count
        case .chunks(var meter):
            let count = try meter.look(over: bytes, limit: contentLimit)
            place = meter.isComplete ? .head(HeadEnd()) : .chunks(meter)
            return count
        }
    }

    private func pass(_ count: Int, of buffer: inout ByteBuffer, _ context: ChannelHandlerContext) throws {
        guard var piece = buffer.getSlice(at: buffer.readerIndex, length: count) else { return }
        let (whole, beganInHead, headsBefore) = (piece.readableBytesView, isInHead, heads)
        do {
            _ = try decoder.decode(context: context, buffer: &piece)
        } catch {
            if beganInHead { noteOrigins(of: whole) }
            throw error
        }
        seen = piece.readableBytes
        // A head that has come as a whole said its own.
        if beganInHead, heads == headsBefore { noteOrigins(of: whole.dropLast(seen)) }
        buffer.moveReaderIndex(forwardBy: count - seen)
        if isChunked {
            isChunked = false
            place = .chunks(ChunkMeter())
        }
    }
}

extension RequestDecoder {
    /// - Parameter piece: what comes next of a head.
    private func noteOrigins(of piece: ByteBufferView) {
        // Two are as good as many: they allow nothing.
        guard originsOfUnread.count < 2 else { return }
        let lines = lineOfUnread + piece
        originsOfUnread += OriginLines.values(in: lines).prefix(2)
        let end = lines.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        lineOfUnread = Array(lines[end...])
    }
}
