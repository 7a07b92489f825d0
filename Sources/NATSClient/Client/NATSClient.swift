// A client of NATS: one connection at a time to one of several servers, opened again whenever it is lost. Not for
// JetStream, whose API is requests of this client.

internal import HostNames
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// A client of NATS.
///
/// What is published is bounded, and its outcome is told: it has arrived at the server, it was not sent, or nobody can
/// know because the connection was lost at that moment (code `outcomeUnknown`). Subscriptions outlive connections, and
/// their readers are told where messages may be missing.
package final class NATSClient: Sendable {
    private let eventLoop: any EventLoop
    private let core: NIOLoopBoundBox<ClientCore>
    private let largest: LargestMessage
    private let connected: ConnectedServer
    private let submissions = Submissions()
    /// Runs a task that does little but read a subscription, on the client's event loop. It must not block.
    package let executor: LoopExecutor

    /// Makes a client on an event loop of its own choice. It does nothing before ``start()``.
    ///
    /// - Parameters:
    ///   - configuration: where to connect to, and how.
    ///   - group: whose event loops there are; NIO's own when there is none.
    ///   - report: told of what happens to the connection, on the client's event loop.
    package init(
        _ configuration: NATSConfiguration, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        report: @escaping @Sendable (NATSEvent) -> Void = { _ in }
    ) {
        let hands = NATSHands(
            connect: Self.connect, random: { UInt64.random(in: .min ... .max) }, report: report)
        let eventLoop = group.next()
        let core = ClientCore(configuration, hands, on: eventLoop)
        self.eventLoop = eventLoop
        executor = LoopExecutor(eventLoop)
        (largest, connected) = (core.largest, core.connected)
        // Nobody else has it yet, and from here on only the event loop touches it.
        self.core = NIOLoopBoundBox.makeBoxSendingValue(core, eventLoop: eventLoop)
    }

    deinit {
        let core = core
        eventLoop.execute { core.value.close() }
    }

    /// Connects.
    ///
    /// - Throws: ``NATSError`` when each server has been tried once, and none has let the client in. The client is
    ///   closed then.
    package func start() async throws(NATSError) { try await onLoop { $0.start($1) } }

    /// How many bytes of header and payload the server of the last connection takes (`max_payload`); nothing before the
    /// first.
    package var maxPayload: Int? {
        let bytes = largest.bytes.load(ordering: .relaxed)
        return bytes > 0 ? bytes : nil
    }

    /// What the server of the last connection is called in its cluster; nothing before the first.
    package var serverName: String? { connected.text.withLock { $0 } }

    /// Publishes, and waits until the server has it. Without a connection it waits for one.
    ///
    /// - Throws: ``NATSError``: `outcomeUnknown` when the connection was lost meanwhile; with any other code it has not
    ///   been taken.
    package func publish(_ publication: Publication) async throws(NATSError) {
        try await withCheckedContinuation { continuation in
            publish(publication) { continuation.resume(returning: $0) }
        }.get()
    }

    /// Publishes, and tells when the server has it. In the order of the calls of a thread.
    ///
    /// - Parameter callback: called once, on the client's event loop.
    package func publish(
        _ publication: Publication, then callback: @escaping @Sendable (Result<Void, NATSError>) -> Void
    ) {
        submit(.publish(publication, callback))
    }

    /// Asks, and waits for one answer.
    ///
    /// - Parameters:
    ///   - publication: the question; its `reply` is set here.
    ///   - timeout: how long to wait, for a connection, too.
    /// - Throws: ``NATSError``: `noResponders`, `timeout`, `outcomeUnknown` and others.
    package func request(
        _ publication: Publication, timeout: Duration = .seconds(5)
    ) async throws(NATSError) -> Message {
        try await withCheckedContinuation { continuation in
            request(publication, timeout: timeout) { continuation.resume(returning: $0) }
        }.get()
    }

    /// Asks, and tells the answer.
    ///
    /// - Parameter callback: called once, on the client's event loop.
    package func request(
        _ publication: Publication, timeout: Duration = .seconds(5),
        then callback: @escaping @Sendable (Result<Message, NATSError>) -> Void
    ) {
        submit(.request(publication, timeout: TimeAmount(timeout), callback))
    }

    /// Listens. The server is told when there is a connection; ``flush()`` waits until it knows.
    ///
    /// - Parameters:
    ///   - filter: what to listen to.
    ///   - queue: the group that shares the messages.
    ///   - limits: how much may wait for the reader.
    package func subscribe(
        _ filter: SubjectFilter, queue: QueueGroup? = nil, limits: SubscriptionLimits = SubscriptionLimits()
    ) async throws(NATSError) -> NATSSubscription {
        let mailbox = Mailbox(limits)
        let id = try await onLoop { (core, promise: EventLoopPromise<SubscriptionID>) in
            do throws(NATSError) {
                promise.succeed(try core.subscribe(filter, queue: queue, mailbox))
            } catch {
                promise.fail(error)
            }
        }
        return NATSSubscription(id, mailbox, of: self)
    }

    /// Waits until the server has all that was sent to it before.
    package func flush() async throws(NATSError) { try await onLoop { $0.flush($1) } }

    /// Ends all subscriptions behind what was sent for them, waits until that has been read and what was published has
    /// arrived, and closes.
    ///
    /// - Parameter limit: how long that may take. The client is closed then, whatever is left.
    package func drain(within limit: Duration = .seconds(30)) async throws(NATSError) {
        do throws(NATSError) {
            let eventLoop = eventLoop
            try await onLoop { (core, promise: EventLoopPromise<Void>) in
                let timer = eventLoop.scheduleTask(in: TimeAmount(limit)) {
                    promise.fail(NATSError(.timeout, "not all has been read within \(limit)"))
                }
                promise.futureResult.whenComplete { _ in timer.cancel() }
                core.drain(promise)
            }
            try await flush()
        } catch {
            await shutdown()
            throw error
        }
        await shutdown()
    }

    /// Closes the connection. Whoever waits for something is told.
    package func shutdown() async {
        try? await onLoop { (core, promise: EventLoopPromise<Void>) in
            guard let closed = core.close() else { return promise.succeed() }
            closed.cascade(to: promise)
        }
    }

    func forget(_ id: SubscriptionID) {
        let core = core
        eventLoop.execute { core.value.unsubscribe(id) }
    }

    func drain(_ id: SubscriptionID) async throws(NATSError) { try await onLoop { $0.drain(id, $1) } }
}

// MARK: - The event loop

extension NATSClient {
    private func onLoop<Answer: Sendable>(
        _ body: @escaping @Sendable (ClientCore, EventLoopPromise<Answer>) -> Void
    ) async throws(NATSError) -> Answer {
        let promise = eventLoop.makePromise(of: Answer.self)
        let core = core
        eventLoop.execute { body(core.value, promise) }
        do {
            return try await promise.futureResult.get()
        } catch {
            throw Self.own(error)
        }
    }

    private func submit(_ submission: Submission) {
        guard submissions.add(submission) else { return }
        let (core, submissions) = (core, submissions)
        eventLoop.execute { core.value.take(submissions.takeAll()) }
    }

    private static func own(_ error: any Error) -> NATSError { error as? NATSError ?? .closed }

    /// Opens a socket. It is not read before the handler is there.
    private static let connect:
        @Sendable (
            ServerAddress, any EventLoop, TimeAmount, @escaping @Sendable (any Channel) throws -> Void
        ) -> EventLoopFuture<any Channel> = { server, eventLoop, limit, configure in
            // The handler can't be added before: of several addresses that are tried at once, each has a channel.
            ClientBootstrap(group: eventLoop)
                .findingHosts(on: eventLoop)
                .connectTimeout(limit)
                .channelOption(ChannelOptions.autoRead, value: false)
                .connect(host: server.host, port: server.port)
                .flatMap { channel in
                    channel.eventLoop.makeCompletedFuture { try configure(channel) }
                        .flatMap { channel.setOption(ChannelOptions.autoRead, value: true) }
                        .map { channel }
                }
        }
}
