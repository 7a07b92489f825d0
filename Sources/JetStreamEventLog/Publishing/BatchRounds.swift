// How a batch comes into the stream, message by message, as a value: what is sent, what an answer means, and when it is
// sent again. Time and chance are passed in. Not for one batch beside another: each has its own.

internal import EventLog

/// A batch on its way.
///
/// It goes in rounds: some messages are sent, each is settled, and only then is decided what follows. A batch with a
/// key begins with its first message alone: of a key that was used for another batch nothing else gets into the stream.
struct BatchRounds: Sendable {
    /// What to do now.
    enum Step: Sendable, Equatable {
        /// Publish these messages, one behind the other. Each is answered by ``stored(_:at:isDuplicate:)`` or
        /// ``failed(_:_:)``.
        case publish([Sending])
        /// Ask the leader for the message at the place: the server says that it has ours. Answered by ``found(_:_:)``
        /// or ``failed(_:_:)``.
        case readBack(Int, Position)
        /// Wait, and call ``resume()``.
        case pause(Duration)
        /// The batch is in the stream.
        case succeed([Placed], isRepeat: Bool)
        /// It is not, not all of it, or nobody knows.
        ///
        /// - Parameters:
        ///   - parts: what became of each message; nothing where one failure is said of all.
        ///   - isRepeat: whether what is in the stream was there before.
        case fail(Failure, parts: [Part] = [], isRepeat: Bool = false)
    }

    /// What became of one message.
    enum Part: Sendable, Equatable {
        case placed(Placed)
        case failed(Failure)
    }

    /// One message to be published.
    struct Sending: Sendable, Equatable {
        let index: Int
        /// See ``MessageID/text(of:generation:)``.
        let generation: Int
    }

    /// Where a message is.
    struct Placed: Sendable, Equatable {
        let sequence: Position
        let streams: Int
        /// Whether the server had it before this round.
        var wasThere = false
    }

    /// What the leader has at a place.
    enum Found: Sendable, Equatable {
        /// Our message: with this digest of its request, and this many streams in its answer.
        case ours(digest: String?, streams: Int)
        /// Nothing any more: something was stored there under this name, and has left the log. Nobody here knows
        /// whether it was this.
        case expired
        /// Nothing of ours, though it would have to be there: it is not stored.
        case missing
    }

    /// Why a message is not known to be in the stream.
    struct Failure: Sendable, Equatable {
        let error: EventLogError
        /// Whether it may be there nevertheless.
        let isOutcomeUnknown: Bool
        /// Whether it may be otherwise in a moment.
        let isPassing: Bool
        /// Whether it is the message's own fault, and another may do better.
        var isOfMessage = false

        /// The key was used for another request.
        static let keyReused = Failure(
            error: .keyReused, isOutcomeUnknown: false, isPassing: false, isOfMessage: true)

        /// What the key was used for has left the log.
        static let keyOutlived = Failure(
            error: .keyOutlived, isOutcomeUnknown: false, isPassing: false, isOfMessage: true)

        /// Whether the message will never get in: another try of the batch can do without it.
        var isOfItsSize: Bool { error.code == .tooLarge }

        /// Whether a publisher is told the same of both.
        func isTold(as other: Failure) -> Bool {
            error.code == other.error.code && error.mayBeStored == other.error.mayBeStored
        }
    }

    private enum State: Sendable, Equatable {
        case waiting
        case underWay
        case placed(Placed)
        case failed(Failure)
        /// It is too large, and is not sent again.
        case refused(Failure)
        /// To be sent again, under another name.
        case lost
    }

    private var states: [State]
    private var generations: [Int]
    private let streamCounts: [Int]
    /// The digest of the request; nothing without a key.
    private let digest: String?
    private let rules: PublishRules
    private let deadline: ContinuousClock.Instant
    private var attempts = 0
    private var underWay = 0
    /// Whether the first message may have been stored by an attempt that was not answered.
    private var isFirstUncertain = false

    /// - Parameters:
    ///   - streamCounts: one per message.
    ///   - digest: of a batch with a key.
    init(_ streamCounts: [Int], digest: String?, rules: PublishRules, now: ContinuousClock.Instant) {
        self.streamCounts = streamCounts
        self.digest = digest
        self.rules = rules
        states = Array(repeating: .waiting, count: streamCounts.count)
        generations = Array(repeating: 1, count: streamCounts.count)
        deadline = now + rules.limit
    }

    private var hasKey: Bool { digest != nil }

    /// The one that goes alone: the first, but for those that are too large.
    private var lead: Int? { states.firstIndex { if case .refused = $0 { false } else { true } } }

    private var missing: [Int] {
        states.indices.filter { index in
            switch states[index] {
            case .placed, .refused: false
            case .waiting, .underWay, .failed, .lost: true
            }
        }
    }

    /// The first step.
    mutating func begin() -> Step { resume() }

    /// Sends what is not in the stream.
    mutating func resume() -> Step {
        let missing = missing
        guard !missing.isEmpty else { return end }
        let round = hasKey && missing[0] == lead ? [missing[0]] : missing
        for index in round { states[index] = .underWay }
        underWay = round.count
        return .publish(round.map { Sending(index: $0, generation: generations[$0]) })
    }

    /// A message was acknowledged.
    mutating func stored(
        _ index: Int, at sequence: Position, isDuplicate: Bool, now: ContinuousClock.Instant
    ) -> Step? {
        if isDuplicate, hasKey { return .readBack(index, sequence) }
        let placed = Placed(sequence: sequence, streams: streamCounts[index])
        return settle(index, .placed(placed), now: now)
    }

    /// What the leader has of a message that it had before.
    mutating func found(
        _ index: Int, at sequence: Position, _ found: Found, now: ContinuousClock.Instant
    ) -> Step? {
        switch found {
        case .ours(let digest, let streams) where digest == self.digest:
            settle(index, .placed(Placed(sequence: sequence, streams: streams, wasThere: true)), now: now)
        case .ours:
            settle(index, .failed(.keyReused), now: now)
        // Refused rather than put off: of another request 422 is the truth, and the same one was answered before, and
        // delivered. After 503 it would be sent again until the key's time is over, and be stored a second time then.
        case .expired: settle(index, .failed(.keyOutlived), now: now)
        case .missing: lose(index, now: now)
        }
    }

    private mutating func lose(_ index: Int, now: ContinuousClock.Instant) -> Step? {
        generations[index] += 1
        return settle(index, .lost, now: now)
    }

    /// No acknowledgement has come, or it could not be read back.
    mutating func failed(_ index: Int, _ failure: Failure, now: ContinuousClock.Instant) -> Step? {
        if index == lead, failure.isOutcomeUnknown { isFirstUncertain = true }
        return settle(index, failure.isOfItsSize ? .refused(failure) : .failed(failure), now: now)
    }

    private mutating func settle(_ index: Int, _ state: State, now: ContinuousClock.Instant) -> Step? {
        guard states[index] == .underWay else { return nil }
        states[index] = state
        underWay -= 1
        return underWay == 0 ? next(now: now) : nil
    }

    // MARK: Between two rounds

    private mutating func next(now: ContinuousClock.Instant) -> Step {
        let failures = states.compactMap { state in if case .failed(let failure) = state { failure } else { nil } }
        if let lasting = failures.first(where: { !$0.isPassing }) { return fail(lasting) }
        guard let failure = failures.first(where: \.isOutcomeUnknown) ?? failures.first else {
            // What the server has forgotten is sent at once; of that, too, there is an end.
            return now < deadline || missing.isEmpty ? resume() : fail(Self.neverFound)
        }
        guard mayRepeat(failures), now < deadline else { return fail(failure) }
        attempts += 1
        return .pause(min(rules.pause * (1 << min(attempts - 1, 10)), .seconds(1)))
    }

    /// Without a key it counts what became of each message: who sends all of it again has twice what is stored. With
    /// one a retry completes the batch, and is told to try.
    private func fail(_ failure: Failure) -> Step { hasKey ? .fail(failure) : tell(of: failure) }

    /// Tells of each message by itself, unless the same is to be told of all.
    private func tell(of failure: Failure) -> Step {
        let parts = states.map { state -> Part in
            switch state {
            case .placed(let place): .placed(place)
            case .failed(let own), .refused(let own): .failed(own)
            case .waiting, .underWay, .lost: .failed(failure)
            }
        }
        let isOfAll = parts.allSatisfy { if case .failed(let own) = $0 { own.isTold(as: failure) } else { false } }
        return isOfAll ? .fail(failure) : .fail(failure, parts: parts, isRepeat: isRepeat)
    }

    /// With a key, what is stored already is not stored again. Without one it must be certain that nothing is: the
    /// second half of a batch would come behind what others have published, and a whole one twice.
    private func mayRepeat(_ failures: [Failure]) -> Bool {
        hasKey || (places.isEmpty && !failures.contains(where: \.isOutcomeUnknown))
    }

    private var places: [Placed] { states.compactMap { if case .placed(let place) = $0 { place } else { nil } } }

    /// Of many that send a batch with a key at once, the one is first that stored its first message; so is one that
    /// finds there what itself may have stored.
    private var isRepeat: Bool { places.first.map { $0.wasThere && !isFirstUncertain } ?? false }

    /// All that can be in the stream is in it.
    private var end: Step {
        for case .refused(let failure) in states { return tell(of: failure) }
        return .succeed(places, isRepeat: isRepeat)
    }

    private static let neverFound = Failure(
        error: EventLogError(.unavailable, "the server says that it has a message, and has not, again and again"),
        isOutcomeUnknown: false, isPassing: false)
}

extension BatchRounds.Failure {
    init(_ error: JetStreamError) {
        self.init(
            error: error.eventLogError, isOutcomeUnknown: error.isOutcomeUnknown, isPassing: error.isPassing,
            isOfMessage: error.isOfMessage)
    }
}
