// `sluice log new-epoch` on a log that NATS keeps: its streams were restored from a backup, which nobody can see who
// has not known them before.

package import EventLog
internal import NATSClient
internal import OpenSSLKit

extension JetStreamStore {
    /// Begins an epoch behind the newest message, for all nodes: those that start later, and those that look next.
    ///
    /// - Parameters:
    ///   - fresh: a name that no log has had.
    ///   - backup: what the events were restored from. For the server they may be another stream than before, and their
    ///     former epoch stands only there.
    package func beginEpoch(_ fresh: Epoch, behind backup: BackupHead? = nil) async throws(EventLogError) {
        try await beginEpoch(fresh, behind: backup, isFormerLost: false)
    }

    private func beginEpoch(
        _ fresh: Epoch, behind backup: BackupHead? = nil, isFormerLost: Bool
    ) async throws(EventLogError) {
        let deadline = ContinuousClock.now + Self.electionTime
        while true {
            do throws(JetStreamError) {
                return try await tryEpoch(fresh, behind: backup, isFormerLost)
            } catch {
                guard error.isPassing, ContinuousClock.now < deadline else { throw error.eventLogError }
            }
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    /// Begins an epoch where the stream of the state was lost and made anew. What the last epoch was called stood
    /// there: without a record the first one's name would be back, whose ids may have come to mean other events. Where
    /// earlier epochs ended nobody knows any more.
    func beginEpochOfLostState() async throws(EventLogError) {
        let subjects = settings.subjects
        guard let events = try await find(subjects.stream), let state = try await find(subjects.stateStream),
            events.contents.lastSequence > 0
        else { return }
        let fresh: Epoch
        do throws(OpenSSLFailure) {
            // The same for whoever tries again, and no log has had it: another state is of another time.
            fresh = try StoreEpoch.epoch(of: subjects.stream, created: "\(events.created) \(state.created)")
        } catch {
            throw EventLogError(.unavailable, "\(error)")
        }
        try await beginEpoch(fresh, isFormerLost: true)
    }

    /// Streams that have just been restored have no leader yet.
    private static let electionTime = Duration.seconds(30)

    private func tryEpoch(
        _ fresh: Epoch, behind backup: BackupHead?, _ isFormerLost: Bool
    ) async throws(JetStreamError) {
        let subjects = settings.subjects
        let info = try await api.call(.info(of: subjects.stream))
        let message = try await api.find(.last(subject: subjects.epoch), of: subjects.stateStream)
        let found = message.flatMap { EpochRecord(payload: $0.payload) }
        let record = found.flatMap { $0.created == info.created ? $0 : nil }
        // An answer was lost on the way, or a node was first.
        if let record, isFormerLost || record.epoch.utf8.elementsEqual(fresh.text.utf8) { return }
        let former: Epoch? =
            if let epoch = backup?.epoch { epoch } else { isFormerLost ? nil : try Self.former(info, record) }
        let next = EpochRecord(
            fresh, from: info.contents.lastSequence, created: info.created, after: former,
            ends: backup?.ends ?? record?.ends ?? [])
        let publication = try Self.publication(of: next, to: subjects.epoch, after: message?.sequence ?? 0)
        _ = try await api.publish(publication)
    }

    /// The record that a stream's epoch has; nothing for one that has never gone back.
    func record(of events: StreamInfo) async throws(EventLogError) -> EpochRecord? {
        let subjects = settings.subjects
        do throws(JetStreamError) {
            let message = try await api.find(.last(subject: subjects.epoch), of: subjects.stateStream)
            let found = message.flatMap { EpochRecord(payload: $0.payload) }
            return found.flatMap { $0.created == events.created ? $0 : nil }
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
