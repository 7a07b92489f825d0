// The moment between TLS and HTTP: which protocol was agreed on (ALPN, RFC 7301), and who the peer is.

internal import EventLog
internal import HTTP2Kit
internal import HTTPServing
internal import Logging
internal import NIOCore
internal import NIOOpenSSL
internal import NIOTLS
internal import PeerText

/// Waits for the handshake's end, sets up what was agreed on, and goes.
final class NegotiationHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let http: HTTPPipeline
    private let http2: HTTP2Limits
    private let loops: LoopResources
    private let metrics: ServerMetrics
    private let logger: Logger
    private let authorities: UInt64
    private let isCounted: Bool
    private var becameKnown: (@Sendable () -> Void)?
    private let begunAt = Stamp.systemClock()
    /// What the socket says, until the connection's proxy says otherwise.
    private var address: ClientAddress?

    /// - Parameters:
    ///   - http: what the connection is given.
    ///   - http2: what it may cost over HTTP/2.
    ///   - address: where the connection comes from, as its socket has it.
    ///   - authorities: which authorities of client certificates the handshake asks for.
    ///   - becameKnown: called when the client has shown a good token.
    ///   - isCounted: whether its handshake is in the metrics.
    init(
        http: HTTPPipeline, http2: HTTP2Limits, loops: LoopResources, metrics: ServerMetrics, logger: Logger,
        address: ClientAddress?, authorities: UInt64, becameKnown: (@Sendable () -> Void)?, isCounted: Bool = true
    ) {
        self.isCounted = isCounted
        self.http = http
        self.http2 = http2
        self.loops = loops
        self.metrics = metrics
        self.logger = logger
        self.address = address
        self.authorities = authorities
        self.becameKnown = becameKnown
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted(let name): completed(context, name)
        case is ChannelShouldQuiesceEvent: context.close(promise: nil)
        case let told as ClientAddressTold: address = told.address
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// A client that offers protocols and none of ours has been refused; one that offers nothing gets HTTP/1.1.
    private func completed(_ context: ChannelHandlerContext, _ applicationProtocol: String?) {
        do {
            let pipeline = context.pipeline.syncOperations
            let tls = try pipeline.handler(type: OpenSSLHandler.self)
            if isCounted {
                metrics.handshook(resumed: tls.wasResumed)
                loops.handshakes(on: context.eventLoop)[tls.wasResumed ? .resumed : .full]
                    .record(from: begunAt, to: Stamp.systemClock())
            }
            let certificateEnd = tls.isPeerVerified ? tls.peerCertificateNotAfter : nil
            let peer = Peer(
                at: address,
                certificateEnd: certificateEnd.map { WallTime(milliseconds: 0).adding(seconds: $0) },
                authorities: authorities, becameKnown: becameKnown.take())
            let turns = loops.turns(on: context.eventLoop)
            if applicationProtocol == "h2" {
                try http.addHTTP2(
                    to: pipeline, peer: peer, behind: tls, limits: http2, output: loops.output(on: context.eventLoop),
                    turns: turns)
            } else {
                try http.addHTTP1(to: pipeline, peer: peer, behind: tls, turns: turns)
            }
            pipeline.removeHandler(context: context, promise: nil)
        } catch {
            logger.error("Connection could not be set up.", metadata: ["error": "\(error)"])
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isCounted { metrics.handshakeFailed(error) }
        logger.debug("TLS handshake failed.", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }
}

extension CutOff: AbruptClose {}

// Nothing stands between TLS and HTTP that would have to see what is written or read.
extension OpenSSLHandler: WriteSink {
    func reads(for gate: RequestGate?) { reads(for: gate as (any PlaintextReader)?) }

    func write(_ bytes: ByteBuffer, behind header: DataFrameHeader) {
        write(bytes, behind: PlaintextPrefix(header.first, header.last))
    }

    func writeAndFlush(_ bytes: ByteBuffer, behind header: DataFrameHeader) {
        writeAndFlush(bytes, behind: PlaintextPrefix(header.first, header.last))
    }
}

extension RequestGate: PlaintextReader {}
