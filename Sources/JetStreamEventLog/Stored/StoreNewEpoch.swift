// How an epoch begins on a log that NATS keeps: with its first start, where the state was lost, and by `sluice log
// new-epoch`, when its streams were restored from a backup, which nobody can see who has not known them before.

package import EventLog
internal import NATSClient

extension JetStreamStore {
    /// Begins an epoch behind the newest message, for all nodes: those that start later, and those that look next.
    ///
    /// - Parameters:
    ///   - fresh: a name that no log has had.
    ///   - backup: what the events were restored from. For the server they may be another stream than before, and their
    ///     former epoch stands only there.
    package func beginEpoch(_ fresh: Epoch, behind backup: BackupHead? = nil) async throws(EventLogError) {
        try await patiently(for: Self.electionTime) { () throws(JetStreamError) in
            try await tryEpoch(fresh, behind: backup)
        }
    }

    /// Tries again while a leader is being elected, and where another node has written first.
    private func patiently<Result>(
        for limit: Duration, _ step: () async throws(JetStreamError) -> Result
    ) async throws(EventLogError) -> Result {
        let deadline = ContinuousClock.now + limit
        while true {
            do throws(JetStreamError) {
                return try await step()
            } catch {
                let mayPass = error.isPassing || error.refusal == .wrongLastSequence
                guard mayPass, ContinuousClock.now < deadline else { throw error.eventLogError }
            }
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    /// Streams that have just been restored have no leader yet.
    private static let electionTime = Duration.seconds(30)

    private func tryEpoch(_ fresh: Epoch, behind backup: BackupHead?) async throws(JetStreamError) {
        let info = try await api.call(.info(of: settings.subjects.stream))
        let found = try await findRecord(ofStreamMadeAt: info.created)
        // An answer was lost on the way.
        if let record = found.record, record.epoch.utf8.elementsEqual(fresh.text.utf8) { return }
        let next = EpochRecord(
            fresh, from: info.contents.lastSequence, created: info.created,
            after: backup?.epoch ?? found.record?.name, ends: backup?.ends ?? found.record?.ends ?? [])
        _ = try await write(next, after: found.sequence)
    }

    // MARK: The record

    /// Finds the record of a stream's epoch.
    ///
    /// - Returns: nothing when there is none, or none of this stream; and the message's place where it stands or has to
    ///   stand, 0 when there is no such message.
    func findRecord(
        ofStreamMadeAt created: String, timeout: Duration? = nil
    ) async throws(JetStreamError) -> (record: EpochRecord?, sequence: Position) {
        let subjects = settings.subjects
        let message = try await api.find(.last(subject: subjects.epoch), of: subjects.stateStream, timeout: timeout)
        let record = message.flatMap { EpochRecord(payload: $0.payload) }
        let isOfStream = record.map { $0.created == created && $0.name != nil } ?? false
        return (isOfStream ? record : nil, message?.sequence ?? 0)
    }

    /// Writes a record down, for all nodes.
    ///
    /// - Parameter sequence: the place of the one before it. The server refuses it when another node was first.
    /// - Returns: its place.
    func write(_ record: EpochRecord, after sequence: Position) async throws(JetStreamError) -> Position {
        let publication: Publication
        do throws(NATSError) {
            var headers = Headers()
            try headers.add("Nats-Expected-Last-Subject-Sequence", "\(sequence)")
            publication = Publication(record.payload, to: try Subject(settings.subjects.epoch), headers: headers)
        } catch {
            throw JetStreamError(.client(error), of: "epoch")
        }
        return try await api.publish(publication).sequence
    }

    /// Sees to it that there is a record. Where there is none, the events are new, or the stream of the state was lost
    /// or made anew: who has been given ids of them, under which names and up to where, nobody knows any more. So a
    /// fresh epoch begins behind what the events stream has. Whoever writes first begins it for all.
    ///
    /// - Parameters:
    ///   - fresh: a name that no log has had.
    ///   - created: when the events stream was made.
    ///   - last: the newest message that it has had.
    func ensureRecord(
        _ fresh: Epoch, ofStreamMadeAt created: String, endingAt last: Position
    ) async throws(JetStreamError) -> (record: EpochRecord, sequence: Position) {
        let found = try await findRecord(ofStreamMadeAt: created)
        if let record = found.record { return (record, found.sequence) }
        let record = EpochRecord(fresh, from: last, created: created)
        return (record, try await write(record, after: found.sequence))
    }

    /// The epoch that events are opened in.
    func openingEpoch(_ fresh: Epoch, of events: StreamInfo) async throws(EventLogError) -> Epoch {
        try await patiently(for: settings.openingTime) { () throws(JetStreamError) in
            try await ensureRecord(
                fresh, ofStreamMadeAt: events.created, endingAt: events.contents.lastSequence
            ).record.name ?? fresh
        }
    }

    /// The record that a stream's epoch has; nothing before the first gateway has opened it.
    func record(of events: StreamInfo) async throws(EventLogError) -> EpochRecord? {
        do throws(JetStreamError) {
            return try await findRecord(ofStreamMadeAt: events.created).record
        } catch {
            throw error.eventLogError
        }
    }
}
