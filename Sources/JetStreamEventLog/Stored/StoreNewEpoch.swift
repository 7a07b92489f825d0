// `sluice log new-epoch` on a log that NATS keeps: its streams were restored from a backup, which nobody can see who
// has not known them before.

package import EventLog
internal import NATSClient
internal import OpenSSLKit

extension JetStreamStore {
    /// Begins an epoch behind the newest message, for all nodes: those that start later, and those that look next.
    ///
    /// - Parameter fresh: a name that no log has had.
    package func beginEpoch(_ fresh: Epoch) async throws(EventLogError) {
        let subjects = settings.subjects
        do throws(JetStreamError) {
            let info = try await api.call(.info(of: subjects.stream))
            let message = try await api.find(.last(subject: subjects.epoch), of: subjects.stateStream)
            let found = message.flatMap { EpochRecord(payload: $0.payload) }
            let record = found.flatMap { $0.created == info.created ? $0 : nil }
            let next = EpochRecord(
                fresh, from: info.contents.lastSequence, created: info.created, after: try Self.former(info, record),
                ends: record?.ends ?? [])
            let publication = try Self.publication(of: next, to: subjects.epoch, after: message?.sequence ?? 0)
            _ = try await api.publish(publication)
        } catch {
            throw error.eventLogError
        }
    }

    private static func former(_ info: StreamInfo, _ record: EpochRecord?) throws(JetStreamError) -> Epoch {
        do throws(OpenSSLFailure) {
            return try StoreEpoch.epoch(of: info.config.name, created: info.created, record: record)
        } catch {
            throw JetStreamError(.malformed("\(error)"), of: "epoch")
        }
    }

    /// Refused by the server when another node has begun one meanwhile.
    private static func publication(
        of record: EpochRecord, to subject: String, after sequence: Position
    ) throws(JetStreamError) -> Publication {
        do throws(NATSError) {
            var headers = Headers()
            try headers.add("Nats-Expected-Last-Subject-Sequence", "\(sequence)")
            return Publication(record.payload, to: try Subject(subject), headers: headers)
        } catch {
            throw JetStreamError(.client(error), of: "epoch")
        }
    }
}
