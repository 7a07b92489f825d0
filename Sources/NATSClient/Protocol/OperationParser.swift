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
        /// - Parameter line: how many bytes the message's line has, which is kept until all of the message is here.
        case body(MessageHead, line: Int)
        case skipping(Skipped, left: Int)
    }

    private struct Skipped: Sendable {
        let subscription: SubscriptionID
        let subject: Subject
        let bytes: Int
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
                guard let (line, count) = try readLine() else { return nil }
                switch line {
                case .operation(let operation):
                    bytes.moveReaderIndex(forwardBy: count)
                    return operation
                case .message(let head): step = step(behind: head, count)
                }
            case .body(let head, let line):
                guard let message = try readBody(head, behind: line) else { return nil }
                step = .line
                return .message(message, head.subscription)
            case .skipping(let message, let left):
                let count = min(left, bytes.readableBytes)
                bytes.moveReaderIndex(forwardBy: count)
                step = .skipping(message, left: left - count)
                guard count == left else { return nil }
                step = .line
                return .oversized(message.subscription, message.subject, bytes: message.bytes)
            }
        }
    }

    private func step(behind head: MessageHead, _ line: Int) -> Step {
        guard head.totalBytes > limits.messageBytes else { return .body(head, line: line) }
        let subject = Subject(copying: bytes.readableBytesUInt8Span.extracting(head.subject))
        return .skipping(
            Skipped(subscription: head.subscription, subject: subject, bytes: head.totalBytes),
            left: line + head.totalBytes + 2)
    }

    // MARK: Lines

    /// - Returns: the line that stands here, and how many bytes it has.
    private mutating func readLine() throws(NATSError) -> (ServerLine, Int)? {
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
        return (try Self.line(bytes, end: end), end + 1)
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

    private mutating func readBody(_ head: MessageHead, behind line: Int) throws(NATSError) -> Message? {
        let end = line + head.totalBytes
        guard bytes.readableBytes >= end + 2 else { return nil }
        guard Self.hasLineEnd(bytes, at: end) else { throw .malformed("message is not as long as its line says") }
        let message = bytes.withUnsafeReadableBytes {
            Message(head, copying: UnsafeRawBufferPointer(rebasing: $0[..<end]))
        }
        bytes.moveReaderIndex(forwardBy: end + 2)
        return message
    }

    private static func hasLineEnd(_ bytes: borrowing ByteBuffer, at offset: Int) -> Bool {
        let span = bytes.readableBytesUInt8Span
        return span[offset] == 0x0d && span[offset + 1] == 0x0a
    }
}
