// One batch's way into the stream: requests, answers, pauses. What follows what says `BatchRounds`.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import Synchronization

/// What is known of keyed messages that have left the log.
struct KeyMemory: Sendable {
    /// What this node has had of one.
    enum Own: Sendable {
        case entry(KeyBook.Entry)
        case unknown
        /// Its tail has not come to this place.
        case notYet
    }

    let own: @Sendable (Position) -> Own
    /// Asks the other nodes of a name and a request's digest. Nothing when none of them says that it knows.
    let others: @Sendable (String, String, Position, @escaping @Sendable (BatchRounds.Found?) -> Void) -> Void
}

/// A batch that is being published.
final class BatchDelivery: Sendable {
    /// What became of it.
    enum Outcome: Sendable {
        case stored([BatchRounds.Placed], isRepeat: Bool)
        /// See ``BatchRounds/Step/fail(_:parts:isRepeat:)``.
        case failed(BatchRounds.Failure, parts: [BatchRounds.Part] = [], isRepeat: Bool = false)

        /// Why what is missing is not in the stream.
        var failures: [BatchRounds.Failure] {
            switch self {
            case .stored: []
            case .failed(let failure, [], _): [failure]
            case .failed(_, let parts, _): parts.compactMap { if case .failed(let own) = $0 { own } else { nil } }
            }
        }

        /// Where is what is in the stream.
        var places: [BatchRounds.Placed] {
            switch self {
            case .stored(let places, _): places
            case .failed(_, let parts, _): parts.compactMap { if case .placed(let place) = $0 { place } else { nil } }
            }
        }
    }

    private let messages: BatchMessages
    private let rounds: Mutex<BatchRounds>
    private let rules: PublishRules
    private let api: JetStreamAPI
    private let stream: String
    private let memory: KeyMemory
    private let completion: @Sendable (Outcome) -> Void

    /// - Parameters:
    ///   - memory: what was stored at a place.
    ///   - start: when it was given to the log.
    init(
        _ messages: BatchMessages, _ rules: PublishRules, _ api: JetStreamAPI, stream: String,
        memory: KeyMemory, since start: ContinuousClock.Instant, completion: @escaping @Sendable (Outcome) -> Void
    ) {
        self.messages = messages
        self.rules = rules
        self.api = api
        self.stream = stream
        self.memory = memory
        self.completion = completion
        rounds = Mutex(BatchRounds(messages.streamCounts, digest: messages.digest, rules: rules, now: start))
    }

    func begin() { take(rounds.withLock { $0.begin() }) }

    /// Begins when the first try of the only message has failed.
    func begin(after error: JetStreamError) {
        _ = rounds.withLock { $0.begin() }
        fail(Self.only, error)
    }

    /// The first try of a batch with one message.
    static let only = BatchRounds.Sending(index: 0, generation: 1)

    private func take(_ step: BatchRounds.Step?) {
        switch step {
        case nil: break
        case .publish(let sendings): for sending in sendings { publish(sending) }
        case .readBack, .pause: preconditionFailure("A message's own step is taken with the message.")
        case .succeed(let places, let isRepeat): completion(.stored(places, isRepeat: isRepeat))
        case .fail(let failure, let parts, let isRepeat):
            completion(.failed(failure, parts: parts, isRepeat: isRepeat))
        }
    }

    private func take(_ step: BatchRounds.Step?, after sending: BatchRounds.Sending) {
        switch step {
        case .readBack(_, let sequence): readBack(sending, at: sequence)
        case .pause(let duration):
            Task {
                try? await Task.sleep(for: duration)
                take(rounds.withLock { $0.resume() })
            }
        default: take(step)
        }
    }

    private func publish(_ sending: BatchRounds.Sending) {
        do throws(NATSError) {
            api.publish(try messages.publication(sending), timeout: rules.answerTime) { [self] result in
                take(
                    rounds.withLock { rounds in
                        switch result {
                        case .success(let ack):
                            rounds.stored(
                                sending.index, at: ack.sequence, isDuplicate: ack.isDuplicate, now: .now)
                        case .failure(let error): rounds.failed(sending.index, .init(error), now: .now)
                        }
                    }, after: sending)
            }
        } catch {
            fail(sending, JetStreamError(.client(error), of: "publish"))
        }
    }

    private func fail(_ sending: BatchRounds.Sending, _ error: JetStreamError) {
        take(rounds.withLock { $0.failed(sending.index, .init(error), now: .now) }, after: sending)
    }

    // MARK: Reading back

    /// Asks the leader for the message that it says it has: another server's copy may be behind.
    private func readBack(_ sending: BatchRounds.Sending, at sequence: Position) {
        api.call(.message(.sequence(sequence), of: stream), timeout: rules.answerTime) { [self] result in
            switch result {
            case .success(let answer): found(sending, at: sequence, look(at: answer.message, for: sending))
            case .failure(let error) where error.refusal == .noMessage: lookWhetherExpired(sending, at: sequence)
            case .failure(let error): fail(sending, error)
            }
        }
    }

    private func look(at message: StoredMessage, for sending: BatchRounds.Sending) -> BatchRounds.Found {
        guard let name = messages.name(of: sending), message.messageID.map({ Array($0.utf8) }) == Array(name.utf8)
        else { return .missing }
        // What has our name and can't be read was made by another version: its digest is none of ours.
        let content = try? EventMessage(payload: message.payload)
        return .ours(digest: content?.digest, streams: content?.streams ?? 0)
    }

    private func lookWhetherExpired(_ sending: BatchRounds.Sending, at sequence: Position) {
        api.call(.info(of: stream), timeout: rules.answerTime) { [self] result in
            switch result {
            case .success(let info) where sequence >= info.contents.firstSequence:
                found(sending, at: sequence, .missing)
            case .success: remember(sending, at: sequence)
            case .failure(let error): fail(sending, error)
            }
        }
    }

    /// The event has left the log; this node's tail may have had it, or another's.
    private func remember(_ sending: BatchRounds.Sending, at sequence: Position) {
        guard let name = messages.name(of: sending), let digest = messages.digest else {
            return found(sending, at: sequence, .missing)
        }
        switch memory.own(sequence) {
        case .entry(let entry): found(sending, at: sequence, entry.found(by: name, digest: digest))
        case .unknown:
            memory.others(name, digest, sequence) { [self] in found(sending, at: sequence, $0 ?? .expired) }
        case .notYet: fail(sending, Self.tailBehind)
        }
    }

    private static let tailBehind = JetStreamError(
        .client(NATSError(.network, "this gateway has not read the log up to there")), of: "reading back")

    private func found(_ sending: BatchRounds.Sending, at sequence: Position, _ found: BatchRounds.Found) {
        take(rounds.withLock { $0.found(sending.index, at: sequence, found, now: .now) }, after: sending)
    }
}
