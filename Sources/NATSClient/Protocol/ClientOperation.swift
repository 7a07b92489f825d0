// What a client sends, as the bytes of it. Its parts have been checked before: nothing here can break a line.

internal import NIOCore

/// One operation of the client's side of the protocol.
enum ClientOperation: Sendable, Equatable {
    case connect(ConnectOptions)
    /// `PUB`, or `HPUB` when there are headers.
    case publish(Publication)
    case subscribe(SubjectFilter, queue: QueueGroup?, SubscriptionID)
    /// - Parameter afterMessages: how many messages the subscription has in all before it ends; at once without it.
    case unsubscribe(SubscriptionID, afterMessages: Int? = nil)
    case ping
    case pong

    /// Writes the bytes.
    func write(into buffer: inout ByteBuffer) {
        switch self {
        case .connect(let options):
            buffer.writeString("CONNECT ")
            buffer.writeBytes(options.json)
            buffer.writeString("\r\n")
        case .publish(let publication): Self.write(publication, into: &buffer)
        case .subscribe(let filter, let queue, let id):
            buffer.writeString("SUB ")
            buffer.writeBytes(filter.bytes)
            if let queue {
                buffer.writeString(" ")
                buffer.writeBytes(queue.bytes)
            }
            buffer.writeString(" \(id.number)\r\n")
        case .unsubscribe(let id, let count):
            buffer.writeString("UNSUB \(id.number)")
            if let count { buffer.writeString(" \(count)") }
            buffer.writeString("\r\n")
        case .ping: buffer.writeString("PING\r\n")
        case .pong: buffer.writeString("PONG\r\n")
        }
    }

    private static func write(_ publication: Publication, into buffer: inout ByteBuffer) {
        let headerBytes = publication.headers.isEmpty ? nil : publication.headers.encodedBytes
        buffer.writeString(headerBytes == nil ? "PUB " : "HPUB ")
        buffer.writeBytes(publication.subject.bytes)
        buffer.writeString(" ")
        if let reply = publication.reply {
            buffer.writeBytes(reply.bytes)
            buffer.writeString(" ")
        }
        if let headerBytes { buffer.writeString("\(headerBytes) ") }
        buffer.writeString("\(publication.payload.readableBytes + (headerBytes ?? 0))\r\n")
        if headerBytes != nil { publication.headers.write(into: &buffer) }
        buffer.writeImmutableBuffer(publication.payload)
        buffer.writeString("\r\n")
    }

    /// The bytes alone.
    var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        write(into: &buffer)
        return buffer
    }
}
