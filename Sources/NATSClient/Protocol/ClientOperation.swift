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
        case .publish(let publication): publication.write(into: &buffer)
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

    /// The bytes alone.
    var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        write(into: &buffer)
        return buffer
    }
}

extension Publication {
    /// Writes its operation's bytes.
    func write(into buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: wireBytes)
        let headerBytes = headers.isEmpty ? nil : headers.encodedBytes
        buffer.writeStaticString(headerBytes == nil ? "PUB " : "HPUB ")
        buffer.writeBytes(subject.bytes)
        buffer.writeStaticString(" ")
        if let reply {
            buffer.writeBytes(reply.bytes)
            buffer.writeStaticString(" ")
        }
        if let headerBytes {
            buffer.writeDecimal(headerBytes)
            buffer.writeStaticString(" ")
        }
        buffer.writeDecimal(payloadBytes + (headerBytes ?? 0))
        buffer.writeStaticString("\r\n")
        if headerBytes != nil { headers.write(into: &buffer) }
        buffer.writeBytes(opening)
        buffer.writeImmutableBuffer(payload)
        buffer.writeStaticString("\r\n")
    }

    /// How many bytes its operation has.
    var wireBytes: Int {
        let lineEnd = 2
        var count = 4 + subject.bytes.count + 1 + sizedBytes + 2 * lineEnd + DecimalDigits(UInt64(sizedBytes)).count
        if let reply { count += reply.bytes.count + 1 }
        // `HPUB` has a letter more, and the header's size.
        if !headers.isEmpty { count += 1 + DecimalDigits(UInt64(headers.encodedBytes)).count + 1 }
        return count
    }
}
