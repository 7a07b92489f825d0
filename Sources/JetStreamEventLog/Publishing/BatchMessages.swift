// A batch as messages, encoded once, however often they are sent.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import OpenSSLKit

/// The messages of a batch.
struct BatchMessages: Sendable {
    let streamCounts: [Int]
    /// The digest of the request that the batch came with, if it has a key.
    let digest: String?
    private let messages: [(subject: Subject, opening: [UInt8], data: ByteBuffer)]
    private let id: MessageID?

    /// - Throws: ``EventLogError/Code/unavailable`` when OpenSSL has no memory.
    init(_ batch: EventBatch, _ subjects: LogSubjects, now: WallTime) throws(EventLogError) {
        streamCounts = batch.streamCounts
        let digest = batch.key.map { Hexadecimal.text(of: $0.digest) }
        self.digest = digest
        do {
            id = try batch.key.map { key throws(OpenSSLFailure) in try MessageID(key) }
            messages = try zip(batch.events, batch.streamCounts).map { event, streams in
                let message = EventMessage(event, streams: streams, digest: digest, now: now)
                return (try Subject(try subjects.bytes(of: event.audience)), message.opening, message.data)
            }
        } catch {
            throw EventLogError(.unavailable, "an event can't be made a message: \(error)")
        }
    }

    /// Whether it is one message, that has no name.
    var isPlain: Bool { messages.count == 1 && id == nil }

    /// The name of one of them; nothing without a key.
    func name(of sending: BatchRounds.Sending) -> String? {
        id?.text(of: sending.index, generation: sending.generation)
    }

    /// One of them, to be sent.
    func publication(_ sending: BatchRounds.Sending) throws(NATSError) -> Publication {
        var headers = Headers()
        if let name = name(of: sending) { try headers.add(MessageID.header, name) }
        let message = messages[sending.index]
        return Publication(message.data, to: message.subject, headers: headers, opening: message.opening)
    }
}
