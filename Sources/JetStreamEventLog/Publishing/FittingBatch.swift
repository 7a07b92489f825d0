// What of a batch the servers take: an event that is larger than their `max_payload` is nobody else's matter. A value.

internal import EventLog
internal import EventStream
internal import NIOCore
internal import OpenSSLKit

/// A batch without what is too large for NATS.
///
/// A gateway does not start where an event may be too large. But a server may be started anew with less, and the next
/// connection may lead to another one.
struct FittingBatch: Sendable {
    /// What is sent.
    let batch: EventBatch
    /// Why the rest is not; nothing when there is none.
    let refusal: EventLogError?
    /// Of each event of the whole batch, whether it is sent; empty when all are.
    private let fits: [Bool]

    /// - Parameter most: how many bytes the server takes; nothing where that is not known.
    /// - Throws: ``EventLogError/Code/unavailable`` when OpenSSL has no memory.
    init(_ batch: EventBatch, most: Int?) throws(EventLogError) {
        guard let most, batch.events.contains(where: { Self.bytes(of: $0) > most }) else {
            (self.batch, refusal, fits) = (batch, nil, [])
            return
        }
        let fits = batch.events.map { Self.bytes(of: $0) <= most }
        self.fits = fits
        self.batch = try Self.part(batch, fits)
        refusal = EventLogError(
            .tooLarge,
            "an event is larger than the NATS server's max_payload of \(most) bytes: raise it on each server, or lower "
                + "limits.event or limits.users_per_event")
    }

    /// How many bytes a message may have beside data and names, with its header.
    static let around = EventMessage.lineBytes + 128

    private static func bytes(of event: NewEvent) -> Int {
        // Names in JSON, in which no more than each second character is an escape's.
        let names: Int
        switch event.audience {
        case .user(let name), .topic(let name): names = name.utf8.count
        case .users(let list): names = list.reduce(0) { $0 + $1.utf8.count + 2 }
        case .everyone: names = 0
        }
        return event.data.readableBytes + 2 * (names + (event.name?.text.utf8.count ?? 0)) + around
    }

    /// A key's digest is of what is sent, too: when the server takes more later, the same key is for another batch, as
    /// it is when a token grants more. Otherwise an event would be answered with the id of its neighbour.
    private static func part(_ batch: EventBatch, _ fits: [Bool]) throws(EventLogError) -> EventBatch {
        func kept<Value>(_ all: [Value]) -> [Value] { zip(all, fits).filter(\.1).map(\.0) }
        return EventBatch(
            kept(batch.events), streamCounts: kept(batch.streamCounts), publisher: batch.publisher,
            key: try key(of: batch, fits), acceptedAt: batch.acceptedAt)
    }

    private static func key(of batch: EventBatch, _ fits: [Bool]) throws(EventLogError) -> PublishKey? {
        guard let key = batch.key else { return nil }
        let message = key.digest + fits.map { $0 ? 1 : 0 }
        do throws(OpenSSLFailure) {
            return PublishKey(publisher: key.publisher, key: key.key, digest: try Digest.sha256(message.span))
        } catch {
            throw EventLogError(.unavailable, "\(error)")
        }
    }

    /// What became of the whole batch, by what became of the part.
    func outcome(_ outcome: BatchDelivery.Outcome) -> BatchDelivery.Outcome {
        guard let refusal else { return outcome }
        let tooLarge = BatchRounds.Failure(
            error: refusal, isOutcomeUnknown: false, isPassing: false, isOfMessage: true)
        switch outcome {
        case .stored(let places, let isRepeat):
            return .failed(tooLarge, parts: whole(places.map { .placed($0) }, tooLarge), isRepeat: isRepeat)
        // With a key a retry completes the batch, and one answer says so.
        case .failed(_, [], _) where batch.key != nil: return outcome
        case .failed(let failure, let parts, let isRepeat):
            let parts = parts.isEmpty ? batch.events.map { _ in .failed(failure) } : parts
            return .failed(failure, parts: whole(parts, tooLarge), isRepeat: isRepeat)
        }
    }

    private func whole(_ parts: [BatchRounds.Part], _ tooLarge: BatchRounds.Failure) -> [BatchRounds.Part] {
        var rest = parts.makeIterator()
        return fits.map { $0 ? rest.next() ?? .failed(tooLarge) : .failed(tooLarge) }
    }
}
