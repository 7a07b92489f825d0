// Messages: as they come, and as they are published.

package import NIOCore

/// A message that came for a subscription.
///
/// All of it stands in one piece of memory, which is its own: a slice of what the socket read would hold all of that,
/// for as long as a subscriber keeps one small message.
package struct Message: Sendable {
    /// From the first byte of the subject to the last of the payload.
    private let memory: ByteBuffer
    private let subjectBytes: Int
    /// Where the reply's subject stands; empty when there is none.
    private let replyPlace: Range<Int>
    /// How many bytes the header block has; nothing when the message has no header.
    private let headerBytes: Int?
    private let payloadBytes: Int

    package init(subject: Subject, reply: Subject? = nil, headerBlock: ByteBuffer? = nil, payload: ByteBuffer) {
        let replyBytes = reply?.bytes ?? []
        var memory = ByteBuffer(bytes: subject.bytes)
        memory.writeBytes(replyBytes)
        memory.writeImmutableBuffer(headerBlock ?? ByteBuffer())
        memory.writeImmutableBuffer(payload)
        self.memory = memory
        subjectBytes = subject.bytes.count
        replyPlace = subjectBytes..<(subjectBytes + replyBytes.count)
        headerBytes = headerBlock?.readableBytes
        payloadBytes = payload.readableBytes
    }

    /// Copies a message out of what was read.
    ///
    /// - Parameter bytes: from its line's first byte to its last.
    init(_ head: MessageHead, copying bytes: UnsafeRawBufferPointer) {
        let start = head.subject.lowerBound
        var memory = ByteBufferAllocator().buffer(capacity: bytes.count - start)
        memory.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        self.memory = memory
        subjectBytes = head.subject.count
        replyPlace = head.reply.map { ($0.lowerBound - start)..<($0.upperBound - start) } ?? 0..<0
        headerBytes = head.headerBytes
        payloadBytes = head.totalBytes - (head.headerBytes ?? 0)
    }

    /// Where it was published to.
    package var subject: Subject { readSubject { Subject(copying: $0) } }

    /// Where an answer goes, if it asks for one.
    package var reply: Subject? { readReply { Subject(copying: $0) } }

    /// The header block as it came; nothing when the message has no header.
    var headerBlock: ByteBuffer? { headerBytes.map { part(payloadStart - $0, $0) } }

    /// What it carries.
    package var payload: ByteBuffer { part(payloadStart, payloadBytes) }

    /// Reads the subject where it stands.
    package func readSubject<Value>(_ read: (Span<UInt8>) -> Value) -> Value {
        read(memory.readableBytesUInt8Span.extracting(0..<subjectBytes))
    }

    /// Reads the subject for an answer where it stands.
    ///
    /// - Returns: nothing when the message asks for none.
    package func readReply<Value>(_ read: (Span<UInt8>) -> Value) -> Value? {
        replyPlace.isEmpty ? nil : read(memory.readableBytesUInt8Span.extracting(replyPlace))
    }

    private var payloadStart: Int { memory.readableBytes - payloadBytes }

    private func part(_ start: Int, _ count: Int) -> ByteBuffer {
        memory.getSlice(at: memory.readerIndex + start, length: count) ?? ByteBuffer()
    }

    /// Reads the header.
    ///
    /// - Throws: ``NATSError`` with code `headerInvalid` when its publisher has not made it as it should be.
    package func headers() throws(NATSError) -> Headers {
        guard let headerBlock else { return Headers() }
        return try Headers(block: headerBlock)
    }

    /// Whether it is a server's word that nobody listens to the subject of a request.
    package var saysNoResponders: Bool {
        guard isEmpty, headerBytes != nil else { return false }
        return (try? headers())?.status?.code == Headers.Status.noResponders
    }

    /// Whether it carries nothing.
    package var isEmpty: Bool { payloadBytes == 0 }

    /// How many bytes it counts for where messages wait.
    var bytes: Int { subjectBytes + replyPlace.count + (headerBytes ?? 0) + payloadBytes }
}

extension Message: Equatable {
    package static func == (left: Message, right: Message) -> Bool {
        left.subject == right.subject && left.reply == right.reply && left.headerBlock == right.headerBlock
            && left.payload == right.payload
    }
}

/// A message to be published.
package struct Publication: Sendable, Equatable {
    package var subject: Subject
    /// Where an answer shall go.
    package var reply: Subject?
    package var headers: Headers
    /// What the payload begins with: who has it in two pieces need not put them together.
    package var opening: [UInt8]
    package var payload: ByteBuffer

    package init(
        _ payload: ByteBuffer = ByteBuffer(), to subject: Subject, headers: Headers = Headers(),
        reply: Subject? = nil, opening: [UInt8] = []
    ) {
        self.subject = subject
        self.reply = reply
        self.headers = headers
        self.opening = opening
        self.payload = payload
    }

    /// How many bytes the server holds against its `max_payload`: payload and header.
    var sizedBytes: Int { payloadBytes + (headers.isEmpty ? 0 : headers.encodedBytes) }

    var payloadBytes: Int { opening.count + payload.readableBytes }

    /// Holds it to a server's limit before it is sent: the server would end the connection, with all that is under way.
    func check(maxPayload: Int) throws(NATSError) {
        guard sizedBytes <= maxPayload else {
            throw NATSError(
                .tooLarge, "a message of \(sizedBytes) bytes is more than the server's max_payload of \(maxPayload)")
        }
    }
}
