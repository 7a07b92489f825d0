// Answers other nodes that ask what a keyed message said which has left the log, and asks them.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import Synchronization

extension LogFollower {
    /// Answers until the log is closed. Whoever can't be heard or answered is refused in its place, as before.
    func answerKeys() async {
        while !Task.isCancelled {
            if let subject = try? Subject(subjects.keys),
                let subscription = try? await api.client.subscribe(SubjectFilter(subject))
            {
                await answer(subscription)
            }
            try? await Task.sleep(for: .seconds(10))
        }
    }

    private func answer(_ subscription: NATSSubscription) async {
        do throws(NATSError) {
            for try await delivery in subscription {
                guard case .message(let message) = delivery, let reply = message.reply,
                    let question = KeyQuestion(payload: message.payload), let entry = entry(for: question)
                else { continue }
                api.client.publish(Publication(KeyAnswer(entry).payload, to: reply)) { _ in }
            }
        } catch {
            // It is listened to anew a little later.
        }
    }

    private func entry(for question: KeyQuestion) -> KeyBook.Entry? {
        guard question.epoch == epoch.description else { return nil }
        return keys.withLock { $0.entry(at: question.sequence) }
    }

    /// What another node has had of a keyed message that has left the log.
    func askOthers(of sequence: Position, then callback: @escaping @Sendable (KeyBook.Entry?) -> Void) {
        let question = KeyQuestion(sequence, in: epoch)
        guard let subject = try? Subject(subjects.keys) else { return callback(nil) }
        api.client.request(Publication(question.payload, to: subject), timeout: Self.keyPatience) { result in
            callback((try? result.get()).flatMap { KeyAnswer.entry(in: $0.payload) })
        }
    }

    /// How long the others have to say what they know. Who knows nothing says nothing.
    private static let keyPatience = Duration.seconds(1)
}
