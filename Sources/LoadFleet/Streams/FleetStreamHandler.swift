internal import GatewayClient
internal import NIOCore

/// One connection of one stream. It requests the stream, reads what comes, and tells its shard.
///
/// It keeps only what belongs to the connection: a half-read response, and a half-read event.
final class FleetStreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let shard: FleetShard
    private let index: Int
    private let request: ByteBuffer
    private var reader = RawResponseReader()
    private var scanner = EventScanner()
    private var status = 0
    private var refusal = ByteBuffer()
    private var ending: GatewayClientError?

    init(shard: FleetShard, index: Int, request: ByteBuffer) {
        self.shard = shard
        self.index = index
        self.request = request
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = NIODeadline.now()
        reader.append(unwrapInboundIn(data))
        do {
            while let part = try reader.next() { try take(part, now, context) }
        } catch {
            give(up: error, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        give(up: error, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        shard.ended(index, lastEventID: scanner.lastEventID, reason: ending)
        context.fireChannelInactive()
    }

    private func take(
        _ part: RawResponseReader.Part, _ now: NIODeadline, _ context: ChannelHandlerContext
    ) throws(GatewayClientError) {
        switch part {
        case .head(let status):
            self.status = status
            if status == 200 { open(context) }
        case .body(var bytes) where status != 200: refusal.writeBuffer(&bytes)
        case .body(let bytes): try scanner.feed(bytes) { shard.received($0, on: index, at: now) }
        case .end where status == 200: context.close(promise: nil)
        case .end:
            shard.refused(index, ProblemDetail.sentence(status: status, ProblemDetail(json: refusal)))
            context.close(promise: nil)
        }
    }

    private func open(_ context: ChannelHandlerContext) {
        let reads = shard.opened(index, channel: context.channel)
        guard !reads else { return }
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: false)
        } catch {
            give(up: error, context)
        }
    }

    private func give(up error: any Error, _ context: ChannelHandlerContext) {
        ending = ending ?? GatewayClientError(connectionError: error, to: shard.url)
        context.close(promise: nil)
    }
}
