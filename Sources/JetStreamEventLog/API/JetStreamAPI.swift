// Sends requests of JetStream's API, and publishes into a stream. Decides nothing: when a request is asked again is its
// caller's matter.

package import NATSClient
internal import NIOCore

/// JetStream as a client reaches it.
package struct JetStreamAPI: Sendable {
    let client: NATSClient
    /// How long an answer is waited for.
    var timeout = Duration.seconds(5)

    package init(_ client: NATSClient) { self.client = client }

    /// Asks, and tells the answer on the client's event loop.
    func call<Answer>(
        _ request: APIRequest<Answer>, timeout: Duration? = nil,
        then callback: @escaping @Sendable (Result<Answer, JetStreamError>) -> Void
    ) {
        do throws(NATSError) {
            let subject = try Subject(APIRequest<Answer>.subjectPrefix + request.name)
            let question = Publication(ByteBuffer(bytes: request.body), to: subject)
            client.request(question, timeout: timeout ?? self.timeout) { result in
                callback(Self.answer(in: result, to: request.name, request.answer))
            }
        } catch {
            callback(.failure(JetStreamError(.client(error), of: request.name)))
        }
    }

    /// Asks, and waits for the answer.
    func call<Answer>(
        _ request: APIRequest<Answer>, timeout: Duration? = nil
    ) async throws(JetStreamError) -> Answer {
        try await withCheckedContinuation { continuation in
            call(request, timeout: timeout) { continuation.resume(returning: $0) }
        }.get()
    }

    /// Asks a stream's leader for a message.
    ///
    /// - Returns: nothing when there is none.
    func find(
        _ place: MessagePlace, of stream: String, timeout: Duration? = nil
    ) async throws(JetStreamError) -> StoredMessage? {
        let result = await withCheckedContinuation { continuation in
            call(.message(place, of: stream), timeout: timeout) { continuation.resume(returning: $0) }
        }
        switch result {
        case .success(let answer): return answer.message
        case .failure(let error):
            // With `catch where` the optimizer of Swift 6.3.1 crashes.
            guard error.refusal == .noMessage else { throw error }
            return nil
        }
    }

    /// Publishes into the stream that its subject belongs to, and tells what has become of it on the client's event
    /// loop.
    func publish(
        _ publication: Publication, timeout: Duration? = nil,
        then callback: @escaping @Sendable (Result<PublishAck, JetStreamError>) -> Void
    ) {
        client.request(publication, timeout: timeout ?? self.timeout) { result in
            callback(PublishAck.result(of: result))
        }
    }

    /// Publishes and waits.
    func publish(
        _ publication: Publication, timeout: Duration? = nil
    ) async throws(JetStreamError) -> PublishAck {
        try await withCheckedContinuation { continuation in
            publish(publication, timeout: timeout) { continuation.resume(returning: $0) }
        }.get()
    }

    static func answer<Answer>(
        in result: Result<Message, NATSError>, to request: String,
        _ read: (ByteBuffer) throws(JetStreamError) -> Answer
    ) -> Result<Answer, JetStreamError> {
        switch result {
        case .failure(let error): .failure(JetStreamError(.client(error), of: request))
        case .success(let message): Result { () throws(JetStreamError) in try read(message.payload) }
        }
    }

    /// Asks any server that has the stream, whose copy may be behind the leader's.
    ///
    /// - Returns: nothing when that server has no such message.
    func get(
        directly request: DirectGet, timeout: Duration? = nil
    ) async throws(JetStreamError) -> StoredMessage? {
        let answer: Message
        do throws(NATSError) {
            let question = Publication(ByteBuffer(bytes: request.body), to: try Subject(request.subject))
            answer = try await client.request(question, timeout: timeout ?? self.timeout)
        } catch {
            throw JetStreamError(.client(error), of: request.subject)
        }
        return try StoredMessage(direct: answer)
    }
}
