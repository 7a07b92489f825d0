internal import GatewayClient
internal import HTTP2Kit
internal import NIOCore

/// One HTTP/2 connection of one or more streams. It requests them, reads what comes, and tells its shard.
///
/// It keeps only what belongs to the connection: the session, and each stream's half-read event.
final class FleetHTTP2Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A stream that is to be asked for.
    struct Request: Sendable {
        /// Its place in the shard.
        let index: Int
        let fields: [HTTP2Field]
    }

    /// What is known of a stream that is open or was asked for.
    private final class Reader {
        let index: Int
        var scanner = EventScanner()
        var status = 0
        var refusal = ByteBuffer()

        init(index: Int) {
            self.index = index
        }
    }

    private let shard: FleetShard
    private var unasked: [Request]
    private var session: HTTP2ClientSession?
    private var readers: [Int32: Reader] = [:]
    private var ending: GatewayClientError?

    init(shard: FleetShard, requests: [Request]) {
        self.shard = shard
        unasked = requests
    }

    func channelActive(context: ChannelHandlerContext) {
        do {
            let session = try HTTP2ClientSession()
            self.session = session
            while let request = unasked.last {
                readers[try session.request(request.fields)] = Reader(index: request.index)
                unasked.removeLast()
            }
            try send(session, context)
        } catch {
            give(up: error, context)
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = NIODeadline.now()
        guard let session else { return }
        do {
            try session.receive(unwrapInboundIn(data))
            while let event = session.nextEvent() { try take(event, now, context) }
            try send(session, context)
            if session.isOver || readers.isEmpty { context.close(promise: nil) }
        } catch {
            give(up: error, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        give(up: error, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let left = readers.values + unasked.map { Reader(index: $0.index) }
        (readers, unasked, session) = ([:], [], nil)
        for reader in left { end(reader) }
        context.fireChannelInactive()
    }

    private func send(_ session: HTTP2ClientSession, _ context: ChannelHandlerContext) throws(HTTP2Error) {
        guard let bytes = try session.takeOutput() else { return }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    private func take(
        _ event: HTTP2ClientEvent, _ now: NIODeadline, _ context: ChannelHandlerContext
    ) throws(GatewayClientError) {
        switch event {
        case .head(let stream, let status):
            guard let reader = readers[stream] else { return }
            reader.status = status
            if status == 200 { open(reader, context) }
        case .data(let stream, var bytes):
            guard let reader = readers[stream] else { return }
            guard reader.status == 200 else { return _ = reader.refusal.writeBuffer(&bytes) }
            try reader.scanner.feed(bytes) { shard.received($0, on: reader.index, at: now) }
        case .closed(let stream, _):
            guard let reader = readers.removeValue(forKey: stream) else { return }
            if reader.status != 0, reader.status != 200 {
                let problem = ProblemDetail(json: reader.refusal)
                shard.refused(reader.index, ProblemDetail.sentence(status: reader.status, problem))
            }
            end(reader)
        }
    }

    private func open(_ reader: Reader, _ context: ChannelHandlerContext) {
        let reads = shard.opened(reader.index, channel: context.channel)
        guard !reads else { return }
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: false)
        } catch {
            give(up: error, context)
        }
    }

    private func end(_ reader: Reader) {
        shard.ended(reader.index, lastEventID: reader.scanner.lastEventID, reason: ending)
    }

    private func give(up error: any Error, _ context: ChannelHandlerContext) {
        if let error = error as? HTTP2Error {
            let message = "\(shard.url) does not answer in HTTP/2 (\(error.message))"
            ending = ending ?? GatewayClientError(code: .invalidResponse, message: message, cause: error)
        }
        ending = ending ?? GatewayClientError(connectionError: error, to: shard.url)
        context.close(promise: nil)
    }
}
