// What a node does when the stream is another one, or has lost its end: all nodes go on in one new epoch, from one
// place.

internal import EventLog
internal import NIOCore
internal import Synchronization

extension LogFollower {
    /// A consumer is about to be made.
    ///
    /// - Returns: where to go on, when that is not behind the place.
    func begin(
        _ look: StreamLook, _ finding: TailMachine.Finding, at place: Position, _ recent: RecentPlaces
    ) async throws(JetStreamError) -> Position? {
        let known = try await keptEpoch(look)
        let kept = if let known { known } else { try await beginAnew(look, finding) }
        switch finding {
        case .madeAnew:
            return adopt(kept, after: Self.start(look), look, why: "the stream \(subjects.stream) was made anew")
        case .wentBack(let last):
            // Unless the record is of an earlier time, when the stream went back less far.
            if kept.epoch != epoch, let from = kept.from, from <= last {
                return adopt(kept, after: min(place, from), look, why: Self.seenByAnother)
            }
            try await holdCertain(wentBackTo: last)
            return try await cut(kept, at: try await common(upTo: last, look, recent) ?? last, look)
        case .overtaken(let place): tellMissing(through: place)
        case .same: break
        }
        if kept.epoch != epoch {
            return adopt(kept, after: min(place, kept.from ?? place), look, why: Self.seenByAnother)
        }
        state.withLock { state in
            state.ends = kept.ends
            state.wentBackSince = nil
        }
        guard let common = try await common(upTo: place, look, recent) else { return nil }
        return try await cut(kept, at: common, look)
    }

    private static let seenByAnother = "another node saw the stream go back, or the stream of the state was made anew"

    /// The epoch as it stands in the state stream.
    struct KeptEpoch: Sendable {
        let epoch: Epoch
        var ends: [Epoch: Position] = [:]
        /// From where on there is this epoch; nothing where that can't be read.
        var from: Position?
        var record: EpochRecord?
        /// The record's place in the state stream.
        var sequence: Position = 0
    }

    /// - Returns: nothing where the state stream says nothing of these events.
    func keptEpoch(_ look: StreamLook) async throws(JetStreamError) -> KeptEpoch? {
        do throws(JetStreamError) {
            let found = try await store.findRecord(ofStreamMadeAt: look.created, timeout: StreamTail.answerTime)
            return found.record.flatMap { KeptEpoch($0, at: found.sequence) }
        } catch {
            guard error.refusal == .streamNotFound, let known = knownEpoch(look) else { throw error }
            return known
        }
    }

    /// Has an epoch begin where the state stream says nothing: the events are another stream's, or that was made anew.
    private func beginAnew(
        _ look: StreamLook, _ finding: TailMachine.Finding
    ) async throws(JetStreamError) -> KeptEpoch {
        if case .wentBack(let last) = finding { try await holdCertain(wentBackTo: last) }
        let fresh = hands.freshEpoch
        let (record, place) = try await store.ensureRecord(
            fresh, ofStreamMadeAt: look.created, endingAt: look.last)
        return KeptEpoch(record, at: place) ?? KeptEpoch(epoch: fresh)
    }

    /// The epoch as this node knows it, where there is no state stream: nobody can have begun another one since.
    ///
    /// - Returns: nothing of a stream that this node has not followed.
    private func knownEpoch(_ look: StreamLook) -> KeptEpoch? {
        state.withLock { state in
            guard state.created == look.created else { return nil }
            return KeptEpoch(epoch: state.epoch, ends: state.ends)
        }
    }

    private func adopt(_ kept: KeptEpoch, after place: Position, _ look: StreamLook, why: String) -> Position {
        state.withLock { $0.created = look.created }
        tell(kept.epoch, ends: kept.ends, after: place, floor: look.floor, why: why)
        return place
    }

    /// Begins an epoch behind a place, for all nodes.
    ///
    /// - Throws: as passing, when another node was first: its epoch is found at the next try.
    private func cut(_ kept: KeptEpoch, at place: Position, _ look: StreamLook) async throws(JetStreamError) -> Position
    {
        let record = EpochRecord(
            hands.freshEpoch, from: place, created: look.created, after: kept.epoch, ends: kept.record?.ends ?? [])
        let sequence = try await store.write(record, after: kept.sequence)
        return adopt(
            KeptEpoch(record, at: sequence) ?? kept, after: place, look,
            why: "the stream \(subjects.stream) has lost its end")
    }

    /// Holds the leader's word that the stream has gone back until it is certain: a leader that has lost the others
    /// does not know what they have.
    private func holdCertain(wentBackTo last: Position) async throws(JetStreamError) {
        let now = NIODeadline.now()
        let since = state.withLock { state in
            let since = state.wentBackSince ?? now
            state.wentBackSince = since
            return since
        }
        let certainty = settings.replicas > 1 ? TailRules().certainty : .nanoseconds(0)
        guard now - since >= certainty else {
            throw JetStreamError(.malformed("the stream ends at \(last), before what it had"), of: "tail")
        }
        state.withLock { $0.wentBackSince = nil }
    }

    // MARK: Where the stream is another

    /// Looks whether the newest message that the node has is the stream's, too.
    ///
    /// - Parameter last: up to where to look.
    /// - Returns: the newest place that both have, if it is not: the floor when they have nothing in common.
    private func common(
        upTo last: Position, _ look: StreamLook, _ recent: RecentPlaces
    ) async throws(JetStreamError) -> Position? {
        let marks = state.withLock { $0.window.marks(above: look.floor, upTo: last, with: recent) }
        guard let newest = marks.last else { return nil }
        guard try await !isKept(newest) else { return nil }
        var (low, high) = (0, marks.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if try await isKept(marks[middle]) { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? look.floor : marks[low - 1].sequence
    }

    /// A message that is missing is not another one.
    private func isKept(_ mark: EventWindow.Mark) async throws(JetStreamError) -> Bool {
        let message = try await api.find(.sequence(mark.sequence), of: subjects.stream)
        return message.map { $0.time == mark.storedAt } ?? true
    }
}

extension LogFollower.KeptEpoch {
    /// - Returns: nothing of a record with a name that is none.
    init?(_ record: EpochRecord, at sequence: Position) {
        guard let epoch = record.name else { return nil }
        self.init(epoch: epoch, ends: record.endsByEpoch, from: record.from, record: record, sequence: sequence)
    }
}
