// HTTP/1.1 requests out of bytes: NIO's decoder, and in front of it a look at how bodies are framed, of which that
// tells nothing. Every byte is passed on, cut where a head or a body ends: so this can refuse a request, and not change
// one. A head of the same bytes as the one before is not decoded again.

internal import NIOCore
internal import NIOHTTP1

/// The decoder of one connection.
final class RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    private enum Place {
        /// In a head, or in a body whose framing is unclear: the next end of a head is looked for.
        case head(HeadEnd)
        /// In a body of which so many bytes are to come.
        case content(Int)
        case chunks(ChunkMeter)
        /// In the body of a known head, of which so many bytes are to come. NIO's decoder hears of neither.
        case knownContent(Int)
    }

    private let decoder: HTTPRequestDecoder
    /// Where the rest goes when the connection takes no more for now.
    private let gate: RequestGate?
    private var place = Place.head(HeadEnd())
    /// Whether the next byte is the first of a message, for NIO's decoder too.
    private var isAtStart = true
    private var known: KnownHead?
    /// How many heads have come that were not known.
    private(set) var decodedCount = 0
    /// Whether bytes are being handled: what comes meanwhile waits where NIO's handler has it.
    private var isDecoding = false
    /// Whether no other message follows that NIO's decoder would read.
    private var isLast = false
    /// The head that NIO's decoder has just told of.
    private var begun: HTTPRequestHead?
    /// How many bytes that NIO's decoder has left, a part of a field, have been looked at.
    private var seen = 0
    private var contentLimit = Int.max
    /// Whether what comes next is a head, or the rest of one.
    private var isInHead = true
    /// What a head that is not complete, or that was refused, has for `Origin` so far.
    private(set) var originsOfUnread: [String] = []
    /// The line of such a head that has not ended, as far as NIO's decoder has taken it: that keeps the part of a
    /// value, and not the name before it.
    private(set) var lineOfUnread: [UInt8] = []

    /// How often a head that is not known becomes the known one: not each time, since a client may send none twice.
    private static let learningInterval = 16
    /// How many bytes of a line are kept that may be an `Origin`.
    private static let originLimit = 1024

    /// - Parameters:
    ///   - headBytes: how many bytes a request's head may have; its trailers count with it.
    ///   - gate: the handler before this one's, if what comes may have to wait.
    init(headBytes: Int, gate: RequestGate? = nil) {
        self.gate = gate
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = headBytes
        limits.maxHeaderListSize = headBytes
        decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
    }

    // MARK: What the connection says

    /// A head has been decoded, and is here.
    func begins(_ head: HTTPRequestHead) {
        begins()
        if case .knownContent = place { return }
        decodedCount += 1
        begun = head
    }

    private func begins() {
        contentLimit = .max
        isInHead = false
        if !lineOfUnread.isEmpty { lineOfUnread = [] }
    }

    /// The request whose head was decoded is complete.
    func ends() {
        isInHead = true
        if !originsOfUnread.isEmpty { originsOfUnread = [] }
    }

    /// The body that follows may have so many bytes: chunks that announce more are not waited for.
    func limitsContent(to count: Int) { contentLimit = count }

    // MARK: Bytes

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        let wasDecoding = isDecoding
        isDecoding = true
        defer { isDecoding = wasDecoding }
        while buffer.readableBytes > seen {
            // Where NIO's decoder has left something, a head has begun that the connection takes.
            if seen == 0, let gate, !gate.isOpen, let rest = buffer.readSlice(length: buffer.readableBytes) {
                gate.putBack(rest)
                break
            }
            if !passKnown(of: &buffer, to: gate?.owner, context) {
                let (count, endsHead) = try buffer.withUnsafeReadableBytes { bytes in
                    try look(over: UnsafeRawBufferPointer(rebasing: bytes[seen...]))
                }
                try pass(seen + count, of: &buffer, endsHead: endsHead, context)
            }
        }
        return .needMoreData
    }

    func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        _ = try decode(context: context, buffer: &buffer)
        // NIO's decoder has not heard of a body whose head is known.
        if seenEOF, case .knownContent = place { throw HTTPParserError.invalidEOFState }
        return try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }

    func decoderAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) { decoder.decoderRemoved(context: context) }

    /// How many of these bytes belong together, and whether a head ends with them.
    private func look(over bytes: UnsafeRawBufferPointer) throws(ChunkMeter.Trouble) -> (count: Int, endsHead: Bool) {
        switch place {
        case .head(var end):
            let found = end.find(in: bytes)
            place = .head(end)
            return (found ?? bytes.count, found != nil)
        case .content(let left), .knownContent(let left):
            return (min(left, bytes.count), false)
        case .chunks(var meter):
            let count = try meter.look(over: bytes, limit: contentLimit)
            place = meter.isComplete ? .head(HeadEnd()) : .chunks(meter)
            return (count, false)
        }
    }

    /// Gives bytes that belong together to NIO's decoder.
    private func pass(
        _ count: Int, of buffer: inout ByteBuffer, endsHead: Bool, _ context: ChannelHandlerContext
    ) throws {
        guard var piece = buffer.getSlice(at: buffer.readerIndex, length: count) else { return }
        let (whole, beganInHead, beganAtStart) = (piece.readableBytesView, isInHead, isAtStart)
        (begun, isAtStart) = (nil, false)
        do {
            _ = try decoder.decode(context: context, buffer: &piece)
        } catch {
            if beganInHead { noteOrigins(of: whole) }
            throw error
        }
        seen = piece.readableBytes
        buffer.moveReaderIndex(forwardBy: count - seen)
        if let begun {
            // A head that has come as a whole says its origins by itself.
            self.begun = nil
            if endsHead { passed(begun, as: beganAtStart ? whole : nil) }
        } else {
            if beganInHead { noteOrigins(of: whole.dropLast(seen)) }
            passed(count)
        }
    }

    /// A head is complete, and ends where the bytes ended that were passed.
    ///
    /// - Parameter bytes: all of the head, if they are nothing else.
    private func passed(_ head: HTTPRequestHead, as bytes: ByteBufferView?) {
        let framing = BodyFraming(head)
        isLast = isLast || framing == .unclear || !head.mayBeFollowed
        switch framing {
        case .chunked: place = .chunks(ChunkMeter())
        case .length(let length) where length > 0: place = .content(length)
        case .length, .none, .unclear: comesToStart()
        }
        if case .length(let length) = framing, !isLast, let bytes { learn(head, length, bytes) }
    }

    private func learn(_ head: HTTPRequestHead, _ length: Int, _ bytes: ByteBufferView) {
        guard known == nil || decodedCount % Self.learningInterval == 0,
            let head = bytes.withUnsafeBytes({ KnownHead(head, length: length, from: $0) })
        else { return }
        known = head
    }

    /// Something else than the end of a head has been passed.
    private func passed(_ count: Int) {
        guard case .content(let left) = place else { return }
        place = left > count ? .content(left - count) : .head(HeadEnd())
        if left == count { comesToStart() }
    }

    /// All of a message has been passed, if NIO's decoder sees it so.
    private func comesToStart() { isAtStart = isInHead && seen == 0 && !isLast }
}

// MARK: Known heads

extension RequestDecoder {
    /// Handles what has come as far as it is of known heads and their bodies, past NIO's handler, which has a buffer of
    /// its own for what may be cut anywhere. Nothing of that buffer waits then.
    ///
    /// - Parameter gate: which is open.
    func takeKnown(_ bytes: inout ByteBuffer, for owner: HTTP1ConnectionHandler, through gate: RequestGate) {
        guard !isDecoding, bytes.readableBytes > 0 else { return }
        isDecoding = true
        defer { isDecoding = false }
        while passKnown(of: &bytes, to: owner, nil), bytes.readableBytes > 0, gate.isOpen {}
    }

    /// Passes a known head, or a part of its body.
    ///
    /// - Parameters:
    ///   - owner: who takes it; without one, the next handler of `context`.
    /// - Returns: whether there was either.
    private func passKnown(
        of buffer: inout ByteBuffer, to owner: HTTP1ConnectionHandler?, _ context: ChannelHandlerContext?
    ) -> Bool {
        if case .knownContent(let left) = place {
            passContent(left, of: &buffer, owner, context)
        } else if isAtStart, let known, let match = buffer.withUnsafeReadableBytes(known.match) {
            buffer.moveReaderIndex(forwardBy: match.byteCount)
            pass(known, match, owner, context)
        } else {
            return false
        }
        return true
    }

    /// Tells of a known head, as NIO's decoder would.
    private func pass(
        _ known: KnownHead, _ match: KnownHead.Match, _ owner: HTTP1ConnectionHandler?,
        _ context: ChannelHandlerContext?
    ) {
        isAtStart = false
        place = .knownContent(match.length.value)
        if let owner {
            begins()
            owner.take(known, match)
        } else {
            tell(.head(known.head(match)), nil, context)
        }
        if match.length.value == 0 { endKnown(owner, context) }
    }

    private func passContent(
        _ left: Int, of buffer: inout ByteBuffer, _ owner: HTTP1ConnectionHandler?, _ context: ChannelHandlerContext?
    ) {
        guard let piece = buffer.readSlice(length: min(left, buffer.readableBytes)) else { return }
        place = .knownContent(left - piece.readableBytes)
        tell(.body(piece), owner, context)
        if left == piece.readableBytes { endKnown(owner, context) }
    }

    private func endKnown(_ owner: HTTP1ConnectionHandler?, _ context: ChannelHandlerContext?) {
        place = .head(HeadEnd())
        isAtStart = true
        tell(.end(nil), owner, context)
    }

    private func tell(
        _ part: HTTPServerRequestPart, _ owner: HTTP1ConnectionHandler?, _ context: ChannelHandlerContext?
    ) {
        guard let owner else { return context?.fireChannelRead(wrapInboundOut(part)) ?? () }
        owner.take(part)
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
        // No origin is as long; and there may be spaces and line breaks without end, which NIO's decoder skips.
        lineOfUnread = Array(lines[end...].prefix(Self.originLimit))
    }
}
