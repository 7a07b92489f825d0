// From where a batch's messages are to what its publisher is told: when, and under which epoch.

internal import EventLog
internal import NIOCore

extension LogFollower {
    /// Tells a publisher what has become of a batch, when this node's streams can have its events.
    ///
    /// - Parameter mark: how the log was when the batch was given to it.
    func receive(
        _ outcome: BatchDelivery.Outcome, of mark: TailProgress.Mark,
        completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void
    ) {
        let epoch = mark.epoch
        guard !outcome.places.isEmpty else { return completion(outcome.told(in: epoch)) }
        guard mark.allows(outcome.places) else { return completion(outcome.told(in: nil)) }
        progress.wait(for: outcome.places.lazy.map(\.sequence).max() ?? 0, in: epoch) { [self] wait in
            switch wait {
            case .told: completion(outcome.told(in: epoch))
            case .epochEnded: completion(outcome.told(in: nil))
            case .untold: Task { completion(outcome.told(in: await isOver(epoch) ? nil : epoch)) }
            }
        }
    }

    /// Whether the stream is another one by now, or has gone back. Nobody's tail has told where the batch is, and the
    /// first places of a new stream may be above all those of the old one. When the servers don't say, it is not: they
    /// have just acknowledged. Many batches may have been under way when the tail was cut off, and one look is for all.
    private func isOver(_ epoch: Epoch) async -> Bool {
        await epochLook.answer { await self.epochOfNow() }.map { $0 != epoch } ?? false
    }

    /// The epoch that the stream has now: one that nobody has been told of where none is written down. Nothing when the
    /// servers don't say.
    func epochOfNow() async -> Epoch? {
        do throws(JetStreamError) {
            let info = try await api.call(.info(of: subjects.stream), timeout: StreamTail.answerTime)
            return try await keptEpoch(StreamLook(info))?.epoch ?? hands.freshEpoch
        } catch {
            return nil
        }
    }
}

extension BatchDelivery.Outcome {
    /// What its publisher is told.
    ///
    /// - Parameter epoch: what the places are of; nothing when that has ended.
    func told(in epoch: Epoch?) -> Result<Appended, EventLogError> {
        switch self {
        case .stored(let places, let isRepeat):
            guard let epoch else { return .failure(.epochOver) }
            return .success(Appended(places.map { $0.receipt(in: epoch) }, isRepeat: isRepeat))
        case .failed(let failure, let parts, let isRepeat):
            var error = failure.error
            error.parts = parts.map { $0.told(in: epoch) }
            error.isRepeat = isRepeat
            return .failure(error)
        }
    }
}

extension BatchRounds.Part {
    fileprivate func told(in epoch: Epoch?) -> Result<Receipt, EventLogError> {
        switch self {
        case .placed(let place): epoch.map { .success(place.receipt(in: $0)) } ?? .failure(.epochOver)
        case .failed(let own): .failure(own.error)
        }
    }
}

extension BatchRounds.Placed {
    fileprivate func receipt(in epoch: Epoch) -> Receipt {
        Receipt(id: LoggedEventID(epoch: epoch, sequence: sequence), streams: streams)
    }
}

extension EventLogError {
    /// Nobody knows whether the event is in the log: its id would be of an epoch that has ended.
    fileprivate static let epochOver: EventLogError = {
        var error = EventLogError(
            .unavailable, "the log began a new epoch meanwhile; whether the events are in it is not known",
            retrySeconds: 1)
        error.mayBeStored = true
        return error
    }()
}
