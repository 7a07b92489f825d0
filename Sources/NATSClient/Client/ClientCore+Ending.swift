// The end of a client: at once, or when all has been taken and has arrived.

internal import NIOCore

extension ClientCore {
    /// Ends all subscriptions behind what the server has sent for them, and keeps the promise when their readers have
    /// taken that.
    func drain(_ promise: EventLoopPromise<Void>) {
        guard phase == .ready else {
            return promise.fail(phase == .closed ? .closed : NATSError(.network, "there is no connection to drain"))
        }
        phase = .draining
        let drained = subscriptions.keys.map { id in
            let one = eventLoop.makePromise(of: Void.self)
            drain(id, one)
            return one.futureResult
        }
        EventLoopFuture.andAllSucceed(drained, on: eventLoop).cascade(to: promise)
    }

    /// Ends everything, and tells everybody.
    ///
    /// - Returns: when the connection is closed; nothing when there is none.
    @discardableResult
    func close(_ error: NATSError = .closed) -> EventLoopFuture<Void>? {
        guard phase != .closed else { return nil }
        phase = .closed
        attempt?.cancel()
        attempt = nil
        expiry?.timer.cancel()
        expiry = nil
        let link = link
        self.link = nil
        let closed = link?.close(error)
        handOver()
        _ = loseSent(because: error)
        for entry in outbox.abandonWaiting() { abandon(entry, error) }
        for interest in subscriptions.values { interest.mailbox.finish(error == .closed ? nil : error) }
        subscriptions = [:]
        starting?.fail(error)
        starting = nil
        return closed
    }

    private func abandon(_ entry: Outgoing, _ error: NATSError) {
        switch entry.kind {
        case .publish(let callback): callback(.failure(error))
        case .flush(let promise): promise.fail(error)
        case .request(let number): endRequest(number)?.answer(.failure(error))
        }
    }
}
