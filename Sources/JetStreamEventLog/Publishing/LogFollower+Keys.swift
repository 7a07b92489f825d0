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
                guard case .message(let message) = delivery, let reply = message.reply, Self.mayAnswer(to: reply),
                    let question = KeyQuestion(payload: message.payload), let answer = answer(to: question)
                else { continue }
                api.client.publish(Publication(answer.payload, to: reply)) { _ in }
            }
        } catch {
            // It is listened to anew a little later.
        }
    }

    /// NATS asks for no right to name a subject for the answer, and it is written with this node's: whoever may ask
    /// would have it write into the streams.
    static func mayAnswer(to reply: Subject) -> Bool { reply.bytes.starts(with: "_INBOX.".utf8) }

    private func answer(to question: KeyQuestion) -> KeyAnswer? {
        guard question.epoch == epoch.description else { return nil }
        return keys.withLock { $0.entry(at: question.sequence) }.flatMap { KeyAnswer($0, to: question) }
    }

    /// What another node has had of a keyed message that has left the log; nothing when none says so.
    func askOthers(
        of name: String, _ digest: String, at sequence: Position,
        then callback: @escaping @Sendable (BatchRounds.Found?) -> Void
    ) {
        let question = KeyQuestion(of: name, digest, at: sequence, in: epoch)
        guard let subject = try? Subject(subjects.keys) else { return callback(nil) }
        api.client.request(Publication(question.payload, to: subject), timeout: Self.keyPatience) { result in
            callback((try? result.get()).flatMap { KeyAnswer(payload: $0.payload)?.found(digest) })
        }
    }

    /// How long the others have to say what they know. Who knows nothing says nothing.
    private static let keyPatience = Duration.seconds(1)
}
