// Who listens to what, and what comes for them.

internal import NIOCore

extension ClientCore {
    func subscribe(
        _ filter: SubjectFilter, queue: QueueGroup?, _ mailbox: Mailbox
    ) throws(NATSError) -> SubscriptionID {
        guard phase == .connecting || phase == .ready else { throw .closed }
        lastSubscription += 1
        let id = SubscriptionID(number: lastSubscription)
        subscriptions[id] = Interest(filter: filter, queue: queue, mailbox: mailbox)
        // Otherwise it is, when there is a connection.
        if isConnected { link?.send(.subscribe(filter, queue: queue, id)) }
        return id
    }

    func unsubscribe(_ id: SubscriptionID) {
        handOver()
        guard let interest = subscriptions.removeValue(forKey: id) else { return }
        interest.mailbox.finish()
        if isConnected, !interest.isDraining { link?.send(.unsubscribe(id)) }
    }

    /// Ends a subscription behind what the server has sent for it.
    ///
    /// - Parameter promise: kept when all of that has been taken by its reader.
    func drain(_ id: SubscriptionID, _ promise: EventLoopPromise<Void>) {
        guard let interest = subscriptions[id], !interest.isDraining else { return promise.succeed() }
        guard isConnected else {
            unsubscribe(id)
            return promise.succeed()
        }
        subscriptions[id]?.isDraining = true
        link?.send(.unsubscribe(id))
        let flushed = eventLoop.makePromise(of: Void.self)
        flush(flushed)
        flushed.futureResult.assumeIsolated().whenComplete { result in
            self.subscriptions[id] = nil
            interest.mailbox.finish {
                switch result {
                case .success: promise.succeed()
                case .failure(let error): promise.fail(error)
                }
            }
        }
    }

    // MARK: What the connection tells

    func link(_ link: ServerLink, received message: Message, for id: SubscriptionID) {
        guard link === self.link else { return }
        guard id == Inbox.id else {
            if arrivals.id != id {
                handOver()
                arrivals.id = id
            }
            arrivals.messages.append(message)
            return
        }
        // An answer that comes too late is nobody's.
        guard let number = message.readSubject(inbox.number), let request = endRequest(number) else { return }
        if message.saysNoResponders {
            request.answer(.failure(NATSError(.noResponders, "nobody listens to the subject")))
        } else {
            request.answer(.success(message))
        }
    }

    func linkHasRead(_ link: ServerLink) { handOver() }

    /// Puts what has come where its reader finds it.
    func handOver() {
        guard let id = arrivals.id, !arrivals.messages.isEmpty else { return }
        // One that is unknown was unsubscribed when this was on its way.
        subscriptions[id]?.mailbox.offer(arrivals.messages)
        arrivals.id = nil
        arrivals.messages.removeAll(keepingCapacity: arrivals.messages.count <= Self.mostKept)
    }

    /// For how many messages of a read room is kept.
    private static let mostKept = 1024

    func link(_ link: ServerLink, skipped bytes: Int, to subject: Subject, for id: SubscriptionID) {
        guard link === self.link else { return }
        guard id == Inbox.id else {
            handOver()
            subscriptions[id]?.mailbox.offer(.oversized(bytes: bytes))
            return
        }
        let most = configuration.reading.messageBytes
        let error = NATSError(.tooLarge, "the answer has \(bytes) bytes, more than the \(most) that are read")
        if let number = inbox.number(of: subject.bytes.span) { endRequest(number)?.answer(.failure(error)) }
    }
}
