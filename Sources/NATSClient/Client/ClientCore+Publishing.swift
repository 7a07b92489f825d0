// What is published and asked, until it has arrived, or nobody can know.

internal import NIOCore

extension ClientCore {
    /// Takes what other threads have handed over.
    func take(_ submissions: [Submission]) {
        for submission in submissions {
            switch submission {
            case .publish(let publication, let callback): publish(publication, callback)
            case .request(let publication, let timeout, let answer): request(publication, timeout: timeout, answer)
            }
        }
    }

    func publish(
        _ publication: consuming Publication, _ callback: @escaping @Sendable (Result<Void, NATSError>) -> Void
    ) {
        do throws(NATSError) {
            try submit(publication, .publish(callback))
        } catch {
            callback(.failure(error))
        }
    }

    /// Succeeds when all that was published before has arrived.
    func flush(_ promise: EventLoopPromise<Void>) {
        guard takesWork else { return promise.fail(NATSError.closed) }
        let entry = Outgoing(kind: .flush(promise), subject: nil, bytes: ByteBuffer(), sizedBytes: 0)
        // It has no bytes, and so always fits.
        _ = outbox.add(entry, bytes: 0, isSent: isConnected)
        link?.planFlush()
    }

    /// Sends a request.
    ///
    /// - Parameter answer: told its answer, or why there is none.
    func request(
        _ publication: consuming Publication, timeout: TimeAmount,
        _ answer: @escaping @Sendable (Result<Message, NATSError>) -> Void
    ) {
        guard requests.count < configuration.pendingRequests else {
            return answer(.failure(NATSError(.full, "\(requests.count) requests wait for their answers")))
        }
        lastRequest += 1
        let number = lastRequest
        publication.reply = inbox.subject(number)
        do throws(NATSError) {
            try submit(publication, .request(number))
        } catch {
            return answer(.failure(error))
        }
        let deadline = eventLoop.now + timeout
        requests[number] = PendingRequest(
            answer: answer, timeout: timeout, deadline: deadline, isSent: isConnected)
        planExpiry(by: deadline)
    }

    private func planExpiry(by deadline: NIODeadline) {
        guard deadline < expiry?.deadline ?? .distantFuture else { return }
        expiry?.timer.cancel()
        let timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.expire() }
        expiry = Expiry(deadline: deadline, timer: timer)
    }

    /// Ends the requests whose time is over, in the order in which they were made.
    private func expire() {
        expiry = nil
        let now = eventLoop.now
        let over = requests.filter { $0.value.deadline <= now }.sorted { $0.key < $1.key }
        for (number, request) in over {
            let error = NATSError(.timeout, "no answer has come within \(request.timeout.nanoseconds / 1_000_000) ms")
            endRequest(number)?.answer(.failure(error))
        }
        if let next = requests.values.lazy.map(\.deadline).min() { planExpiry(by: next) }
    }

    private func submit(_ publication: Publication, _ kind: Outgoing.Kind) throws(NATSError) {
        guard takesWork else { throw .closed }
        if let maxPayload { try publication.check(maxPayload: maxPayload) }
        let entry = Outgoing(
            kind: kind, subject: publication.subject,
            bytes: isConnected ? ByteBuffer() : ClientOperation.publish(publication).encoded,
            sizedBytes: publication.sizedBytes)
        guard outbox.add(entry, bytes: publication.wireBytes, isSent: isConnected) else {
            throw NATSError(.full, "\(outbox.bytes) bytes are under way to NATS: try again later")
        }
        guard isConnected else { return }
        if case .request = kind {
            link?.send(publication, beside: requests.count + 1)
        } else {
            link?.send(.publish(publication))
        }
    }

    private var takesWork: Bool { phase == .connecting || phase == .ready || phase == .draining }

    var isConnected: Bool { phase == .ready || phase == .draining }

    /// Sends what waited for a connection.
    func sendWaiting(on link: ServerLink) {
        for entry in outbox.sendWaiting() {
            // What this server does not take would end the connection, again and again.
            guard entry.sizedBytes <= link.info.maxPayload else {
                let most = link.info.maxPayload
                finish(entry, NATSError(.tooLarge, "the message is more than the server's max_payload of \(most)"))
                continue
            }
            if case .request(let number) = entry.kind {
                // Nobody waits for its answer any more.
                guard requests[number] != nil else { continue }
                requests[number]?.isSent = true
            }
            link.send(entry.bytes)
        }
        link.planFlush()
    }

    /// - Parameter error: why it has not arrived; nothing when it has. To a request only an error is an answer.
    private func finish(_ entry: Outgoing, _ error: NATSError?) {
        switch entry.kind {
        case .publish(let callback): callback(error.map { .failure($0) } ?? .success(()))
        case .flush(let promise): if let error { promise.fail(error) } else { promise.succeed() }
        case .request(let number): if let error { endRequest(number)?.answer(.failure(error)) }
        }
    }

    func endRequest(_ number: UInt64) -> PendingRequest? { requests.removeValue(forKey: number) }

    // MARK: What the connection tells

    func linkAsks(_ link: ServerLink) -> Bool { link === self.link && outbox.asks() }

    func linkIsConfirmed(_ link: ServerLink) {
        guard link === self.link else { return }
        // Whoever waits for this may count on what came before it.
        handOver()
        let refused = refused
        self.refused = [:]
        for entry in outbox.confirmed() { finish(entry, entry.subject.flatMap { refused[$0.bytes] }) }
    }

    /// The connection is lost with what was under way on it.
    ///
    /// - Returns: how many publishes and requests that concerns.
    func loseSent(because cause: NATSError) -> Int {
        let error = NATSError.outcomeUnknown(cause)
        refused = [:]
        var count = 0
        for entry in outbox.lost() {
            if case .publish = entry.kind { count += 1 }
            finish(entry, error)
        }
        for (number, request) in requests where request.isSent {
            endRequest(number)?.answer(.failure(error))
            count += 1
        }
        return count
    }
}
