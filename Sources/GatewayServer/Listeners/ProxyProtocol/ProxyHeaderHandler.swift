// The first handler of a connection that comes from a proxy that is trusted: it takes the PROXY header off, tells the
// others whose connection it is, and goes.

internal import HTTPServing
internal import NIOCore
internal import PeerText

/// Said once on a connection, before its TLS: whose it is. ``NegotiationHandler`` remembers it.
struct ClientAddressTold: Sendable {
    let address: ClientAddress
    /// Its place among those of its address, which ``ConnectionPlaces`` keeps for as long as it is open.
    let place: AddressPlace?
}

/// Waits for the header. How long that may take is up to the handshake's deadline, which runs from the connection's
/// first moment.
final class ProxyHeaderHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum State {
        case reading, passing, ended
    }

    private var state = State.reading
    private var reader = ProxyHeaderReader()
    /// What came and is not read yet: of one read as it came, without a copy.
    private var bytes: ByteBuffer?
    private let admit: (ClientAddress) throws -> AddressPlace?
    private let refused: (ProxyHeaderReader.Reading) -> Void

    /// - Parameters:
    ///   - admit: counts the client in. It throws when its address has as much as it may.
    ///   - refused: told of a header that is missing or invalid.
    init(
        admit: @escaping (ClientAddress) throws -> AddressPlace?,
        refused: @escaping (ProxyHeaderReader.Reading) -> Void
    ) {
        (self.admit, self.refused) = (admit, refused)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .reading: read(unwrapInboundIn(data), context)
        case .passing: context.fireChannelRead(data)
        case .ended: break
        }
    }

    private func read(_ more: ByteBuffer, _ context: ChannelHandlerContext) {
        bytes.setOrWriteImmutableBuffer(more)
        guard var bytes = bytes.take() else { return }
        let reading = reader.read(&bytes)
        switch reading {
        case .incomplete:
            bytes.discardReadBytes()
            self.bytes = bytes
        case .complete(let client): complete(client, bytes, context)
        case .missing, .invalid:
            refused(reading)
            end(context)
        }
    }

    private func complete(_ client: ClientAddress?, _ rest: ByteBuffer, _ context: ChannelHandlerContext) {
        do {
            if let client {
                let told = ClientAddressTold(address: client, place: try admit(client))
                context.fireUserInboundEventTriggered(told)
            }
        } catch {
            return end(context)
        }
        state = .passing
        if rest.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(rest)) }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func end(_ context: ChannelHandlerContext) {
        state = .ended
        context.close(promise: nil)
    }
}
