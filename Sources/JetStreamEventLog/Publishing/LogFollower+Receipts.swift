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
        let (placed, finish) = Self.answer(to: outcome, in: mark.epoch)
        guard !placed.isEmpty else { return completion(finish()) }
        guard mark.allows(placed) else { return completion(.failure(.epochOver)) }
        progress.wait(for: placed.map(\.sequence).max() ?? 0, in: mark.epoch) { [self] outcome in
            switch outcome {
            case .told: completion(finish())
            case .epochEnded: completion(.failure(.epochOver))
            case .untold:
                Task { completion(await isOver(mark.epoch) ? .failure(.epochOver) : finish()) }
            }
        }
    }

    private static func answer(
        to outcome: BatchDelivery.Outcome, in epoch: Epoch
    ) -> (placed: [BatchRounds.Placed], finish: @Sendable () -> Result<Appended, EventLogError>) {
        @Sendable func receipt(_ place: BatchRounds.Placed) -> Receipt {
            Receipt(id: LoggedEventID(epoch: epoch, sequence: place.sequence), streams: place.streams)
        }
        switch outcome {
        case .stored(let places, let isRepeat):
            return (places, { .success(Appended(places.map(receipt), isRepeat: isRepeat)) })
        case .failed(let failure, let places):
            return (
                places.compactMap(\.self),
                {
                    var error = failure.error
                    error.parts = places.map { place in place.map { .success(receipt($0)) } ?? .failure(failure.error) }
                    return .failure(error)
                }
            )
        }
    }

    /// Whether the stream is another one by now, or has gone back. Nobody's tail has told where the batch is, and the
    /// first places of a new stream may be above all those of the old one. When the servers don't say, it is not: they
    /// have just acknowledged.
    private func isOver(_ epoch: Epoch) async -> Bool {
        do throws(JetStreamError) {
            let info = try await api.call(.info(of: subjects.stream), timeout: StreamTail.answerTime)
            return try await keptEpoch(StreamLook(info)).epoch != epoch
        } catch {
            return false
        }
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
