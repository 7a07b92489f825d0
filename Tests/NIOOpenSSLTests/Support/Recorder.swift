// The last handler of a test's channel: keeps what arrives, so that a test can look at it afterwards.

import NIOCore
import NIOTLS

@testable import NIOOpenSSL

/// Keeps what a channel's TLS handler passes on.
final class Recorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private(set) var received: [UInt8] = []
    private(set) var reads = 0
    private(set) var readCompletions = 0
    private(set) var errors: [any Error] = []
    private(set) var events: [String] = []
    private(set) var isInactive = false

    /// Called with each read, to act from within it.
    var onRead: ((ChannelHandlerContext, ByteBuffer) -> Void)?
    /// Called with each event, to act from within it.
    var onEvent: ((ChannelHandlerContext, Any) -> Void)?

    /// The TLS errors' codes, in order.
    var codes: [TLSError.Code] { errors.compactMap { ($0 as? TLSError)?.code } }
    var tlsError: TLSError? { errors.lazy.compactMap { $0 as? TLSError }.first }
    var isHandshakeComplete: Bool { events.contains { $0.hasPrefix("handshake") } }
    var isCleanlyShutDown: Bool { events.contains("shutdown") }
    var text: String { String(decoding: received, as: UTF8.self) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        reads += 1
        received += buffer.readableBytesView
        onRead?(context, buffer)
    }

    func channelReadComplete(context: ChannelHandlerContext) { readCompletions += 1 }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { errors.append(error) }

    func channelInactive(context: ChannelHandlerContext) { isInactive = true }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted(let name): events.append("handshake \(name ?? "-")")
        case TLSUserEvent.shutdownCompleted: events.append("shutdown")
        case ChannelEvent.inputClosed: events.append("inputClosed")
        default: events.append("\(event)")
        }
        onEvent?(context, event)
    }
}
