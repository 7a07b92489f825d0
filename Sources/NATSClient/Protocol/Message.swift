// Messages: as they come, and as they are published.

package import NIOCore

/// A message that came for a subscription.
package struct Message: Sendable, Equatable {
    /// Where it was published to.
    package let subject: Subject
    /// Where an answer goes, if it asks for one.
    package let reply: Subject?
    /// The header block as it came; nothing when the message has no header.
    let headerBlock: ByteBuffer?
    /// What it carries. The memory is the message's own, and holds nothing else but its header.
    package let payload: ByteBuffer

    package init(subject: Subject, reply: Subject? = nil, headerBlock: ByteBuffer? = nil, payload: ByteBuffer) {
        self.subject = subject
        self.reply = reply
        self.headerBlock = headerBlock
        self.payload = payload
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
        guard payload.readableBytes == 0, headerBlock != nil else { return false }
        return (try? headers())?.status?.code == Headers.Status.noResponders
    }

    /// How many bytes it counts for where messages wait.
    var bytes: Int {
        let reply = reply?.bytes.count ?? 0
        return subject.bytes.count + reply + (headerBlock?.readableBytes ?? 0) + payload.readableBytes
    }
}

/// A message to be published.
package struct Publication: Sendable, Equatable {
    package var subject: Subject
    /// Where an answer shall go.
    package var reply: Subject?
    package var headers: Headers
    package var payload: ByteBuffer

    package init(
        _ payload: ByteBuffer = ByteBuffer(), to subject: Subject, headers: Headers = Headers(), reply: Subject? = nil
    ) {
        self.subject = subject
        self.reply = reply
        self.headers = headers
        self.payload = payload
    }

    /// How many bytes the server holds against its `max_payload`: payload and header.
    var sizedBytes: Int { payload.readableBytes + (headers.isEmpty ? 0 : headers.encodedBytes) }

    /// Holds it to a server's limit before it is sent: the server would end the connection, with all that is under way.
    func check(maxPayload: Int) throws(NATSError) {
        guard sizedBytes <= maxPayload else {
            throw NATSError(
                .tooLarge, "a message of \(sizedBytes) bytes is more than the server's max_payload of \(maxPayload)")
        }
    }
}
