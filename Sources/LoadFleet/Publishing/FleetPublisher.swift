internal import GatewayClient
internal import NIOCore

/// Publishes one request after the other over one keep-alive connection, and keeps the ledger of what was taken.
///
/// It acts; `PublisherState` decides. Lives on one event loop. A connection that ends is opened again: a gateway may
/// close one that is idle.
final class FleetPublisher {
    /// What all publishers of a fleet have in common.
    struct Configuration: Sendable {
        var connector: FleetConnector
        var requests: PublishRequests
        /// How many lanes the fleet has.
        var laneCount: Int
        /// Bytes of data per event.
        var payload: Int
    }

    private struct Exchange {
        let batch: PublishBatch
        let sentAt: NIODeadline
        var status = 0
        var body = ByteBuffer()
    }

    private static let connectAttempts = 5

    private let loop: any EventLoop
    private let configuration: Configuration
    /// What was published.
    private(set) var ledger: PublishLedger
    /// What came of it.
    private(set) var tally = PublishTally()
    private var state: PublisherState?
    private var done: EventLoopPromise<Void>?
    private var channel: (any Channel)?
    private var reader = RawResponseReader()
    private var exchange: Exchange?
    private var failedConnects = 0
    private var timer: Scheduled<Void>?

    init(loop: any EventLoop, configuration: Configuration) {
        self.loop = loop
        self.configuration = configuration
        ledger = PublishLedger(laneCount: configuration.laneCount)
    }

    /// Does a job. There is one at a time.
    ///
    /// - Returns: succeeds when all requests are answered; fails when the gateway can't be reached.
    func run(_ job: PublishJob) -> EventLoopFuture<Void> {
        let done = loop.makePromise(of: Void.self)
        self.done = done
        state = PublisherState(job)
        step()
        return done.futureResult
    }

    /// Ends the job before its limit, after the answer that is awaited.
    func stop() {
        state?.stop()
        timer?.cancel()
        if exchange == nil { step() }
    }

    func close() {
        channel?.close(promise: nil)
    }

    // MARK: Steps

    private func step() {
        guard done != nil else { return }
        guard let channel else { return connect() }
        let now = NIODeadline.now()
        switch state?.next(now: now) {
        case .publish(let lanes, let dueAt): publish(lanes, dueAt: dueAt, now: now, on: channel)
        case .wait(let deadline):
            timer = loop.assumeIsolated().scheduleTask(deadline: deadline) { self.step() }
        case .finished, nil:
            let done = done
            self.done = nil
            done?.succeed()
        }
    }

    private func publish(_ lanes: [Int], dueAt: NIODeadline, now: NIODeadline, on channel: any Channel) {
        let events = lanes.map { lane in
            FleetEvent(lane: lane, number: ledger.next(in: lane), sentAt: dueAt.uptimeNanoseconds)
        }
        let batch = PublishBatch(events: events)
        exchange = Exchange(batch: batch, sentAt: now)
        let (head, body) = configuration.requests.request(batch, payload: configuration.payload)
        channel.write(head, promise: nil)
        channel.writeAndFlush(body, promise: nil)
    }

    private func connect() {
        let bound = NIOLoopBound(self, eventLoop: loop)
        configuration.connector.connect(on: loop, readsLittle: false) { channel in
            try channel.pipeline.syncOperations.addHandler(FleetPublisherHandler(bound.value))
        }
        .assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel):
                self.channel = channel
                self.reader = RawResponseReader()
                self.step()
            case .failure(let error): self.connectFailed(error)
            }
        }
    }

    private func connectFailed(_ error: any Error) {
        failedConnects += 1
        guard failedConnects < Self.connectAttempts else {
            let done = done
            self.done = nil
            done?.fail(GatewayClientError(connectionError: error, to: configuration.connector.url))
            return
        }
        timer = loop.assumeIsolated().scheduleTask(in: .milliseconds(100)) { self.step() }
    }

    // MARK: What the connection says

    func received(_ bytes: ByteBuffer) {
        reader.append(bytes)
        do {
            while let part = try reader.next() {
                switch part {
                case .head(let status): exchange?.status = status
                case .body(let bytes): exchange?.body.writeImmutableBuffer(bytes)
                case .end: answered()
                }
            }
        } catch {
            channel?.close(promise: nil)
        }
    }

    /// The connection is gone. The gateway may or may not have taken the request that was under way.
    func ended(_ error: (any Error)?) {
        channel = nil
        guard exchange != nil || error != nil else { return }
        if let exchange {
            self.exchange = nil
            tally.brokenConnections += 1
            close(exchange, exchange.batch.events.map { _ in nil }, failure: "the connection ended before the answer")
        }
        connectFailed(error ?? ChannelError.eof)
    }

    private func answered() {
        guard let exchange else { return }
        self.exchange = nil
        failedConnects = 0
        let verdicts = configuration.requests.verdicts(exchange.batch, status: exchange.status, body: exchange.body)
        close(exchange, verdicts, failure: "\(exchange.status) \(String(buffer: exchange.body).prefix(300))")
        step()
    }

    private func close(_ exchange: Exchange, _ verdicts: [Bool?], failure: @autoclosure () -> String) {
        for (event, isTaken) in zip(exchange.batch.events, verdicts) where isTaken != true {
            ledger.void(event.number, in: event.lane)
        }
        tally.answered(verdicts, failure: failure(), sentAt: exchange.sentAt, now: .now())
    }
}

/// Passes on to its publisher what happens on one connection.
final class FleetPublisherHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let publisher: FleetPublisher
    private var error: (any Error)?

    init(_ publisher: FleetPublisher) {
        self.publisher = publisher
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        publisher.received(unwrapInboundIn(data))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.error = error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        publisher.ended(error)
        context.fireChannelInactive()
    }
}
