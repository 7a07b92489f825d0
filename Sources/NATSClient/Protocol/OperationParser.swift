// Reads operations from a server's bytes, in whatever pieces they come. It holds no more than its limits allow, and
// answers hostile bytes with an error. Not for what the operations mean.

internal import NIOCore
internal import PeerText

/// A parser of the server's side of the protocol.
///
/// ```swift
/// parser.append(bytes)
/// while let operation = try parser.next() { … }
/// ```
///
/// After an error the place in the stream is lost: the connection has to end.
struct OperationParser: Sendable {
    private enum Step: Sendable {
        case line
        case body(MessageHead)
        case skipping(MessageHead, left: Int)
    }

    private let limits: ReadingLimits
    private var bytes = ByteBuffer()
    /// Whether the bytes stand in memory that the channel would read into again.
    private var isBorrowed = false
    private var step = Step.line
    /// How many bytes of the line have been looked at.
    private var searched = 0

    init(_ limits: ReadingLimits = ReadingLimits()) { self.limits = limits }

    /// How many bytes have come that are not read yet.
    var bufferedBytes: Int { bytes.readableBytes }

    /// How much memory is held for them.
    var capacity: Int { bytes.capacity }

    /// Takes what came.
    mutating func append(_ more: ByteBuffer) {
        if bytes.readableBytes == 0 {
            (bytes, isBorrowed) = (more, true)
        } else {
            keepRest()
            // Otherwise it would grow with each read that ends within a message.
            bytes.discardReadBytes()
            bytes.writeImmutableBuffer(more)
        }
    }

    /// All that was whole has been read. What is left is copied, so that the channel has its memory back.
    mutating func keepRest() {
        guard isBorrowed else { return }
        isBorrowed = false
        let rest = bytes
        bytes = ByteBuffer()
        bytes.writeImmutableBuffer(rest)
    }

    /// Reads the next operation.
    ///
    /// - Returns: nothing when more bytes are needed.
    /// - Throws: ``NATSError`` with code `malformed` or `tooLarge`.
    mutating func next() throws(NATSError) -> ServerOperation? {
        while true {
            switch step {
            case .line:
                guard let line = try readLine() else { return nil }
                switch line {
                case .operation(let operation): return operation
                case .message(let head): step = step(behind: head)
                }
            case .body(let head):
                guard let message = try readBody(head) else { return nil }
                step = .line
                return .message(message, head.subscription)
            case .skipping(let head, let left):
                let count = min(left, bytes.readableBytes)
                bytes.moveReaderIndex(forwardBy: count)
                step = .skipping(head, left: left - count)
                guard count == left else { return nil }
                step = .line
                return .oversized(head.subscription, head.subject, bytes: head.totalBytes)
            }
        }
    }

    private func step(behind head: MessageHead) -> Step {
        head.totalBytes <= limits.messageBytes ? .body(head) : .skipping(head, left: head.totalBytes + 2)
    }

    // MARK: Lines

    private mutating func readLine() throws(NATSError) -> ServerLine? {
        let from = searched
        guard let end = bytes.withUnsafeReadableBytes({ $0.offset(of: 0x0a, from: from) }) else {
            searched = bytes.readableBytes
            try checkLength(searched)
            // Nothing is kept of a buffer that has been read: it may be large.
            if searched == 0 { bytes = ByteBuffer() }
            return nil
        }
        searched = 0
        try checkLength(end)
        let line = try Self.line(bytes, end: end)
        bytes.moveReaderIndex(forwardBy: end + 1)
        return line
    }

    /// - Parameter end: where the line's LF stands.
    private static func line(_ bytes: borrowing ByteBuffer, end: Int) throws(NATSError) -> ServerLine {
        let span = bytes.readableBytesUInt8Span
        guard end > 0, span[end - 1] == 0x0d else { throw .malformed("line does not end with CR LF") }
        return try ServerLine(span.extracting(..<(end - 1)))
    }

    private func checkLength(_ count: Int) throws(NATSError) {
        guard count > limits.lineBytes else { return }
        let isInfo = ServerLine.mayBeInfo(bytes.readableBytesUInt8Span)
        let most = isInfo ? limits.infoBytes : limits.lineBytes
        guard count <= most else { throw NATSError(.tooLarge, "the server's line has more than \(most) bytes") }
    }

    // MARK: Messages

    private mutating func readBody(_ head: MessageHead) throws(NATSError) -> Message? {
        let end = head.totalBytes
        guard bytes.readableBytes >= end + 2 else { return nil }
        guard Self.hasLineEnd(bytes, at: end) else { throw .malformed("message is not as long as its line says") }
        let body = takeCopy(end)
        bytes.moveReaderIndex(forwardBy: 2)
        let header = head.headerBytes.flatMap { body.getSlice(at: body.readerIndex, length: $0) }
        let count = head.headerBytes ?? 0
        let payload = body.getSlice(at: body.readerIndex + count, length: end - count)
        return Message(
            subject: head.subject, reply: head.reply, headerBlock: header, payload: payload ?? ByteBuffer())
    }

    private static func hasLineEnd(_ bytes: borrowing ByteBuffer, at offset: Int) -> Bool {
        let span = bytes.readableBytesUInt8Span
        return span[offset] == 0x0d && span[offset + 1] == 0x0a
    }

    /// Takes bytes into memory of their own: a slice of what the socket read would hold all of that, for as long as a
    /// subscriber keeps one small message.
    private mutating func takeCopy(_ count: Int) -> ByteBuffer {
        guard count > 0, let slice = bytes.readSlice(length: count) else { return ByteBuffer() }
        var copy = ByteBufferAllocator().buffer(capacity: count)
        copy.writeImmutableBuffer(slice)
        return copy
    }
}
