// One connection to a server, as a channel handler: it moves bytes between the channel, the parser and the state, and
// does what the state says. What messages are for is its owner's matter.

internal import NIOCore
internal import NIOOpenSSL
internal import NIOTLS

/// Who a connection belongs to. All is called on the connection's event loop.
protocol ServerLinkOwner: AnyObject {
    /// The server has let the client in.
    func linkIsReady(_ link: ServerLink)
    func link(_ link: ServerLink, received message: Message, for id: SubscriptionID)
    /// All operations have been told of that came whole in one read.
    func linkHasRead(_ link: ServerLink)
    /// A message was larger than ``ReadingLimits/messageBytes``, and is not kept.
    func link(_ link: ServerLink, skipped bytes: Int, to subject: Subject, for id: SubscriptionID)
    /// The cluster, or the server's own state, has changed.
    func linkHasNews(_ link: ServerLink)
    /// The server complains, and the connection goes on.
    func link(_ link: ServerLink, reports complaint: ServerComplaint, _ error: NATSError)
    /// A batch is about to be sent. Whether a `PING` shall ask for its arrival.
    func linkAsks(_ link: ServerLink) -> Bool
    /// The answer to that.
    func linkIsConfirmed(_ link: ServerLink)
    /// The connection is over. It is called once, and nothing after it.
    func linkEnded(_ link: ServerLink, _ error: NATSError)
}

/// What a connection needs beside its rules.
struct LinkMeans: Sendable {
    var rules = ConnectionRules()
    var limits = ReadingLimits()
    var credentials = Credentials.none
    /// Made when the server turns out to do TLS, so that files are read anew for each connection.
    var tls: @Sendable () throws(TLSError) -> TLSContext
}

/// A connection to a server.
final class ServerLink: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let server: ServerAddress
    private let means: LinkMeans
    private var state: ConnectionState
    private var parser: OperationParser
    private weak var owner: (any ServerLinkOwner)?
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    /// What is sent at the end of the event loop's tick, in one write.
    private var batch = ByteBuffer()
    /// The batch before it, and then the memory of the next one.
    private var spare = ByteBuffer()
    private var hasFlushPlanned = false
    /// How many requests are in the batch that may wait for others.
    private var waiting = 0
    private var lateFlush: Scheduled<Void>?
    /// `PONG`s since the socket took everything.
    private var owedPongs = 0
    private var hasEnded = false

    /// A batch waits until it has one request for so many that are under way: an answer takes no more than an eighth
    /// longer, where few are under way nothing waits, and what comes in one piece is stored and synced in one piece.
    static let share = 8
    /// For how long one waits for others at most.
    static let patience = TimeAmount.milliseconds(1)
    /// How much memory a batch keeps for one that comes later, in bytes.
    private static let mostKept = 128 << 10
    /// How many `PING`s a server may send while it reads nothing.
    private static let mostOwedPongs = 64

    init(to server: ServerAddress, _ means: LinkMeans, owner: any ServerLinkOwner) {
        (self.server, self.means, self.owner) = (server, means, owner)
        state = ConnectionState(to: server, means.rules)
        parser = OperationParser(means.limits)
    }

    /// The server's last `INFO`.
    var info: ServerInfo { state.info }
    var isReady: Bool { state.isReady }
    var isSecure: Bool { state.isSecure }

    // MARK: Sending

    /// Sends an operation at the end of this tick.
    func send(_ operation: ClientOperation) {
        guard !hasEnded else { return }
        operation.write(into: &batch)
        planFlush()
    }

    /// Sends an operation's bytes at the end of this tick.
    func send(_ bytes: ByteBuffer) {
        guard !hasEnded else { return }
        batch.writeImmutableBuffer(bytes)
        planFlush()
    }

    /// Sends a request: with those that come soon, where the answers of many are waited for.
    ///
    /// - Parameter underWay: how many answers are waited for, this one's included.
    func send(_ request: Publication, beside underWay: Int) {
        guard !hasEnded else { return }
        request.write(into: &batch)
        waiting += 1
        if waiting * Self.share >= underWay { planFlush() } else { planLateFlush() }
    }

    private func planLateFlush() {
        guard !hasFlushPlanned, lateFlush == nil, let context else { return }
        lateFlush = context.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) {
            self.lateFlush = nil
            self.planFlush()
        }
    }

    /// Sends nothing but, if the owner wants it, a question.
    func planFlush() {
        guard !hasFlushPlanned, let context else { return }
        hasFlushPlanned = true
        context.eventLoop.assumeIsolated().execute { self.flush() }
    }

    private func flush() {
        hasFlushPlanned = false
        waiting = 0
        lateFlush?.cancel()
        lateFlush = nil
        guard !hasEnded, let context else { return }
        if state.isReady, owner?.linkAsks(self) == true {
            state.sentConfirmation()
            ClientOperation.ping.write(into: &batch)
        }
        guard batch.readableBytes > 0 else { return }
        let bytes = batch
        swap(&batch, &spare)
        spare = bytes
        // Its memory is used again when the socket has taken what was in it, and not replaced otherwise.
        if batch.capacity > Self.mostKept { batch = ByteBuffer() } else { batch.clear() }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    /// Ends the connection behind what has been sent.
    ///
    /// - Returns: when it is closed.
    func close(_ error: NATSError) -> EventLoopFuture<Void>? {
        let closed = context?.channel.closeFuture
        flush()
        end(error)
        return closed
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { opened(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        opened(context)
    }

    private func opened(_ context: ChannelHandlerContext) {
        // Its owner may have given it up while the socket was being opened.
        guard !hasEnded else { return }
        if state.opened(at: context.eventLoop.now) == .startTLS { startTLS(context) }
        planTick()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        parser.append(unwrapInboundIn(data))
        let owner = owner
        do throws(NATSError) {
            while !hasEnded, let operation = try parser.next() { try receive(operation, for: owner, context) }
        } catch {
            end(error)
        }
        parser.keepRest()
        owner?.linkHasRead(self)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { owedPongs = 0 }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent, state.secured() == .logIn { logIn() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(NATSError(connectionError: error, to: server))
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.cut(server))
        context.fireChannelInactive()
    }

    // MARK: Receiving

    private func receive(
        _ operation: ServerOperation, for owner: (any ServerLinkOwner)?, _ context: ChannelHandlerContext
    ) throws(NATSError) {
        switch operation {
        case .message(let message, let id):
            if let error = state.receivedMessage() { throw error }
            owner?.link(self, received: message, for: id)
        case .oversized(let id, let subject, let bytes):
            if let error = state.receivedMessage() { throw error }
            owner?.link(self, skipped: bytes, to: subject, for: id)
        case .ping: try answer(context)
        case .pong: try receivePong(context)
        case .info(let info): try receive(info, context)
        case .complaint(let complaint):
            switch state.received(complaint) {
            case .report(let error): owner?.link(self, reports: complaint, error)
            case .end(let error): throw error
            }
        case .ok: break
        }
    }

    private func receive(_ info: ServerInfo, _ context: ChannelHandlerContext) throws(NATSError) {
        switch state.received(info, isLast: parser.bufferedBytes == 0) {
        case .startTLS: startTLS(context)
        case .logIn: logIn()
        case .update: owner?.linkHasNews(self)
        case .end(let error): throw error
        }
    }

    private func answer(_ context: ChannelHandlerContext) throws(NATSError) {
        if case .end(let error) = state.receivedPing() { throw error }
        owedPongs = context.channel.isWritable ? 0 : owedPongs + 1
        guard owedPongs <= Self.mostOwedPongs else {
            throw NATSError(.serverError, "\(server) asks for answers, and reads none")
        }
        send(.pong)
    }

    private func receivePong(_ context: ChannelHandlerContext) throws(NATSError) {
        switch state.receivedPong(at: context.eventLoop.now) {
        case .ready:
            planTick()
            owner?.linkIsReady(self)
        case .confirmed:
            owner?.linkIsConfirmed(self)
            // What was sent since has no question behind it yet.
            planFlush()
        case .nothing: break
        case .end(let error): throw error
        }
    }

    // MARK: Beginning and end

    private func startTLS(_ context: ChannelHandlerContext) {
        do {
            let tls = try OpenSSLHandler(
                clientContext: means.tls(), serverName: server.certificateName,
                handshakeTimeout: means.rules.loginTime)
            try context.pipeline.syncOperations.addHandler(tls, position: .before(self))
        } catch {
            end(NATSError(connectionError: error, to: server))
        }
    }

    private func logIn() {
        var options = ConnectOptions()
        options.name = means.rules.name
        options.isTLSRequired = state.isSecure
        do throws(NATSError) {
            try means.credentials.apply(to: &options, nonce: state.info.nonce)
        } catch {
            return end(error)
        }
        send(.connect(options))
        send(.ping)
        state.sentLogin()
    }

    private func planTick() {
        timer?.cancel()
        timer = nil
        guard let context, let deadline = state.deadline else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.tick() }
    }

    private func tick() {
        guard let context, !hasEnded else { return }
        switch state.tick(at: context.eventLoop.now) {
        case .nothing: break
        case .ping: send(.ping)
        case .end(let error): return end(error)
        }
        planTick()
    }

    private func end(_ error: NATSError) {
        guard !hasEnded else { return }
        hasEnded = true
        state.closed()
        timer?.cancel()
        timer = nil
        batch = ByteBuffer()
        context?.close(promise: nil)
        owner?.linkEnded(self, error)
    }
}

@available(*, unavailable)
extension ServerLink: Sendable {}
