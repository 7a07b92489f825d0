// Reads all messages of the events stream, one after the other, as `sluice log verify` does. A node reads otherwise: it
// tails, and asks for what its streams need.

package import EventLog
internal import NATSClient
internal import OpenSSLKit

/// What a look through the events stream came to.
package struct StoreReading: Sendable {
    /// Messages that are events, and that are notes of the state.
    package fileprivate(set) var events = 0
    package fileprivate(set) var notes = 0
    /// Messages that no gateway of this version can read, and the first of them.
    package fileprivate(set) var unreadable = 0
    package fileprivate(set) var firstUnreadable: (sequence: Position, why: String)?
    /// Sequences between the first and the last message that have none.
    package fileprivate(set) var missing: UInt64 = 0
    package fileprivate(set) var firstMissing: Position?

    fileprivate var last: Position?
}

extension JetStreamStore {
    /// Reads from the first message to the one that is the last at the beginning.
    ///
    /// - Parameter progress: told the sequence that it has come to.
    package func readThrough(
        random: () -> UInt64, progress: (Position) -> Void
    ) async throws(EventLogError) -> StoreReading {
        do throws(JetStreamError) {
            let hasBatches = try await api.call(.account).apiLevel > 0
            let contents = try await api.call(.info(of: settings.subjects.stream)).contents
            var (reading, next) = (StoreReading(), contents.firstSequence)
            while next <= contents.lastSequence, contents.messages > 0 {
                let messages = try await messages(from: next, hasBatches, random())
                guard let last = messages.last?.sequence else { break }
                for message in messages where message.sequence <= contents.lastSequence {
                    reading.take(message, settings.subjects)
                }
                progress(last)
                next = last + 1
            }
            return reading
        } catch {
            throw error.eventLogError
        }
    }

    /// The leader is asked one message at a time where servers know no batches.
    private func messages(
        from next: Position, _ hasBatches: Bool, _ random: UInt64
    ) async throws(JetStreamError) -> [StoredMessage] {
        let (stream, place) = (
            settings.subjects.stream, MessagePlace.next(next, subject: settings.subjects.allEvents)
        )
        guard hasBatches else { return try await api.find(place, of: stream).map { [$0] } ?? [] }
        let get = DirectGet(place, of: stream, batch: 256, bytes: 1 << 20)
        return try await api.batch(get, inbox: "_INBOX.read.\(random)").messages
    }
}

extension StoreReading {
    fileprivate mutating func take(_ message: StoredMessage, _ subjects: LogSubjects) {
        if let last, message.sequence > last + 1 {
            missing += message.sequence - last - 1
            if firstMissing == nil { firstMissing = last + 1 }
        }
        last = message.sequence
        guard message.subject != subjects.note else {
            notes += 1
            return
        }
        guard let why = Self.fault(of: message, subjects) else {
            events += 1
            return
        }
        unreadable += 1
        if firstUnreadable == nil { firstUnreadable = (message.sequence, why) }
    }

    /// Why a message is no event; nothing when it is one.
    private static func fault(of message: StoredMessage, _ subjects: LogSubjects) -> String? {
        let event: EventMessage
        do throws(EventMessage.Unreadable) {
            event = try EventMessage(payload: message.payload)
        } catch {
            return error.why
        }
        let subject = try? subjects.subject(of: event.audience)
        return subject == message.subject ? nil : "it stands under a subject that is not its audience's"
    }
}
