// From one server to the next.

internal import NIOCore
internal import NIOOpenSSL

extension ClientCore {
    func start(_ promise: EventLoopPromise<Void>) {
        guard phase == .idle else { return promise.fail(NATSError.closed) }
        phase = .connecting
        starting = promise
        connectNext()
    }

    private func connectNext() {
        let (address, wait) = pool.next(chance: chance)
        guard wait > .zero else { return connect(to: address) }
        attempt = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(wait)) {
            self.attempt = nil
            self.connect(to: address)
        }
    }

    private func connect(to address: ServerAddress) {
        let files = configuration.tls
        var means = LinkMeans { () throws(TLSError) in try files.context() }
        means.rules = configuration.connection
        means.limits = configuration.reading
        do throws(NATSError) {
            means.credentials = try configuration.credentials()
        } catch {
            return attemptFailed(address, error)
        }
        let link = ServerLink(to: address, means, owner: self)
        self.link = link
        let bound = NIOLoopBound(link, eventLoop: eventLoop)
        let connecting = hands.connect(address, eventLoop, configuration.connection.loginTime) { channel in
            try channel.pipeline.syncOperations.addHandler(bound.value)
        }
        connecting.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel): if self.link !== link { channel.close(promise: nil) }
            case .failure(let error): self.linkEnded(link, NATSError(connectionError: error, to: address))
            }
        }
    }

    private func attemptFailed(_ address: ServerAddress, _ error: NATSError) {
        hands.report(.attemptFailed(address, error))
        if let starting, pool.isRoundOver {
            self.starting = nil
            close(error)
            return starting.fail(error)
        }
        connectNext()
    }
}

// MARK: - What a connection tells

extension ClientCore: ServerLinkOwner {
    func linkIsReady(_ link: ServerLink) {
        guard link === self.link else { return }
        readySince = eventLoop.now
        maxPayload = link.info.maxPayload
        serverName = link.info.serverName
        hands.report(.connected(link.server, id: link.info.serverID, isSecure: link.isSecure))
        takeNews(link)
        link.send(.subscribe(inbox.filter, queue: nil, Inbox.id))
        for (id, interest) in subscriptions.sorted(by: { $0.key.number < $1.key.number }) {
            link.send(.subscribe(interest.filter, queue: interest.queue, id))
        }
        if phase == .connecting { phase = .ready }
        sendWaiting(on: link)
        starting?.succeed()
        starting = nil
    }

    func linkHasNews(_ link: ServerLink) {
        guard link === self.link else { return }
        if link.isReady { maxPayload = link.info.maxPayload }
        takeNews(link)
    }

    private func takeNews(_ link: ServerLink) {
        var generator = HandGenerator(random: hands.random)
        // A server that stands alone lists none.
        if !link.info.connectURLs.isEmpty {
            let count = pool.discovered(link.info.connectURLs, from: link.server, using: &generator)
            if count > 0 { hands.report(.discovered(count)) }
        }
        if link.info.isLameDuck { hands.report(.lameDuck(link.server)) }
    }

    func link(_ link: ServerLink, reports complaint: ServerComplaint, _ error: NATSError) {
        guard link === self.link else { return }
        handOver()
        hands.report(.complaint(link.server, error))
        switch complaint.refused {
        case .publishing(let subject): refused[subject] = error
        case .subscribing(let filter):
            for (id, interest) in subscriptions where interest.filter.bytes == filter {
                subscriptions[id] = nil
                interest.mailbox.finish(error)
            }
        case nil: break
        }
    }

    func linkEnded(_ link: ServerLink, _ error: NATSError) {
        guard link === self.link else { return }
        handOver()
        self.link = nil
        switch phase {
        case .connecting: attemptFailed(link.server, error)
        case .ready:
            phase = .connecting
            pool.lost(after: .nanoseconds((eventLoop.now - readySince).nanoseconds))
            lost(link.server, error)
            connectNext()
        case .draining:
            lost(link.server, error)
            close(error)
        case .idle, .closed: break
        }
    }

    /// Tells everybody whom the end of the connection concerns.
    private func lost(_ server: ServerAddress, _ error: NATSError) {
        let unknown = loseSent(because: error)
        hands.report(.disconnected(server, error, unknown: unknown))
        for interest in subscriptions.values { interest.mailbox.offer(.connection) }
    }
}
