// A stream as a whole, out of NATS and into it, as the server's own archive. It comes in chunks, of which the server
// wants some acknowledged, and goes in chunks, each of which it acknowledges.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import Synchronization

extension JetStreamAPI {
    /// How long a server may take from one word to the next: it looks through the whole stream before the first chunk,
    /// and makes the stream behind the last one.
    private static let patience = Duration.seconds(300)

    /// Reads a stream.
    ///
    /// - Parameters:
    ///   - inbox: a subject that nobody else uses.
    ///   - write: given the archive, piece by piece.
    func snapshot(
        of stream: String, inbox: String, _ write: (ByteBuffer) throws(EventLogError) -> Void
    ) async throws(EventLogError) -> BackupHead {
        let request = APIRequest.snapshot(of: stream, to: inbox)
        let chunks = try await subscribe(to: inbox, for: request.name)
        let watch = ChunkWatch(chunks, patience: Self.patience)
        defer { watch.end() }
        let head: BackupHead
        do throws(JetStreamError) {
            head = try await call(request, timeout: Self.patience)
        } catch {
            throw error.eventLogError
        }
        try await read(chunks, watch, request.name, write)
        return head
    }

    private func subscribe(to inbox: String, for name: String) async throws(EventLogError) -> NATSSubscription {
        do throws(NATSError) {
            return try await client.subscribe(SubjectFilter(try Subject(inbox)))
        } catch {
            throw JetStreamError(.client(error), of: name).eventLogError
        }
    }

    private func read(
        _ chunks: NATSSubscription, _ watch: ChunkWatch, _ name: String,
        _ write: (ByteBuffer) throws(EventLogError) -> Void
    ) async throws(EventLogError) {
        var deliveries = chunks.makeAsyncIterator()
        while true {
            let delivery: Delivery?
            do throws(NATSError) {
                delivery = try await deliveries.next()
            } catch {
                throw JetStreamError(.client(error), of: name).eventLogError
            }
            guard case .message(let chunk) = delivery else {
                throw EventLogError(
                    .unavailable, "\(name): the connection was lost, or nothing comes any more; try again")
            }
            guard chunk.payload.readableBytes > 0 else { return try Self.end(chunk, name) }
            try write(chunk.payload)
            watch.heard()
            if let reply = chunk.reply { client.publish(Publication(to: reply)) { _ in } }
        }
    }

    /// The last chunk is empty, and its status says whether there was an error.
    private static func end(_ chunk: Message, _ name: String) throws(EventLogError) {
        guard let status = (try? chunk.headers())?.status, status.code >= 300 else { return }
        throw EventLogError(.unavailable, "\(name): the server ended it with \(status.code) \(status.text)")
    }

    /// Makes a stream of an archive. There must be none of that name.
    ///
    /// - Parameter read: gives the archive piece by piece, and nothing at its end.
    func restore(
        _ head: BackupHead, _ read: () throws(EventLogError) -> ByteBuffer?
    ) async throws(EventLogError) {
        let place: Subject
        do throws(JetStreamError) {
            place = try Self.subject(try await call(.restore(head), timeout: .seconds(30)), of: head.stream)
        } catch {
            throw error.eventLogError
        }
        while let chunk = try read() { try await send(chunk, to: place, of: head.stream) }
        // An empty one is the end, and is answered when the stream stands.
        try await send(ByteBuffer(), to: place, of: head.stream)
    }

    private static func subject(_ place: RestorePlace, of stream: String) throws(JetStreamError) -> Subject {
        do throws(NATSError) {
            return try Subject(place.subject)
        } catch {
            throw JetStreamError(.client(error), of: "STREAM.RESTORE.\(stream)")
        }
    }

    private func send(_ chunk: ByteBuffer, to place: Subject, of stream: String) async throws(EventLogError) {
        let name = "STREAM.RESTORE.\(stream)"
        let answer: Message
        do throws(NATSError) {
            answer = try await client.request(Publication(chunk, to: place), timeout: Self.patience)
        } catch {
            throw JetStreamError(.client(error), of: name).eventLogError
        }
        guard answer.payload.readableBytes > 0 else { return }
        do throws(JetStreamError) {
            _ = try APIRequest<Done>(name).answer(in: answer.payload)
        } catch {
            throw error.eventLogError
        }
    }
}

/// Ends a subscription whose chunks do not come any more.
private final class ChunkWatch: Sendable {
    private let heardAt = Mutex(ContinuousClock.now)
    private let task = Mutex<Task<Void, any Error>?>(nil)

    init(_ chunks: NATSSubscription, patience: Duration) {
        let watch = Task { [weak self] in
            while let self, !self.isSilent(for: patience) { try await Task.sleep(for: .seconds(1)) }
            chunks.unsubscribe()
        }
        task.withLock { $0 = watch }
    }

    func heard() { heardAt.withLock { $0 = .now } }

    private func isSilent(for patience: Duration) -> Bool { heardAt.withLock { $0.duration(to: .now) } > patience }

    func end() { task.withLock { $0 }?.cancel() }
}
