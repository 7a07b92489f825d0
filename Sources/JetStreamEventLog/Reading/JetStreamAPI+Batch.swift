// Many messages for one question (nats-server 2.11): each comes by itself, and at the end a word that it was the last.

internal import EventLog
internal import NATSClient
internal import NIOCore

extension JetStreamAPI {
    /// What a server has for one question, and whether that is all it has.
    typealias Batch = (messages: [StoredMessage], isEnd: Bool)

    /// Asks any server that has the stream, whose copy may be behind the leader's. A server that is too old for batches
    /// gives one message.
    ///
    /// - Parameter inbox: a subject that nobody else uses.
    func batch(_ request: DirectGet, inbox: String) async throws(JetStreamError) -> Batch {
        let subscription: NATSSubscription
        do throws(NATSError) {
            subscription = try await client.subscribe(SubjectFilter(try Subject(inbox)))
        } catch {
            throw JetStreamError(.client(error), of: request.subject)
        }
        let timer = Task {
            try await Task.sleep(for: StreamTail.answerTime)
            subscription.unsubscribe()
        }
        defer {
            timer.cancel()
            subscription.unsubscribe()
        }
        do throws(NATSError) {
            let (question, reply) = (try Subject(request.subject), try Subject(inbox))
            // Nobody waits until it is written: that may be when there is a connection again.
            client.publish(Publication(ByteBuffer(bytes: request.body), to: question, reply: reply)) { result in
                if case .failure = result { subscription.unsubscribe() }
            }
        } catch {
            throw JetStreamError(.client(error), of: request.subject)
        }
        return try await Self.read(subscription, request.subject)
    }

    private static func read(_ answers: NATSSubscription, _ name: String) async throws(JetStreamError) -> Batch {
        var (messages, deliveries) = ([StoredMessage](), answers.makeAsyncIterator())
        do throws(NATSError) {
            while case .message(let answer) = try await deliveries.next() {
                if answer.saysNoResponders { throw NATSError(.noResponders, "no server has the stream at present") }
                let left = try answer.headers().first("Nats-Num-Pending")
                switch Result(catching: { () throws(JetStreamError) in try StoredMessage(direct: answer) }) {
                case .failure(let error): throw NATSError(.serverError, error.description)
                case .success(nil): return (messages, left.map { $0.utf8.elementsEqual("0".utf8) } ?? true)
                case .success(let message?): messages.append(message)
                }
                if left == nil { return (messages, false) }
            }
            throw NATSError(.timeout, "the messages did not come in time")
        } catch {
            throw JetStreamError(.client(error), of: name)
        }
    }
}
