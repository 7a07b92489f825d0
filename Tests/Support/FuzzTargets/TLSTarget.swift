internal import Foundation
internal import NIOCore
internal import NIOEmbedded
internal import NIOOpenSSL
internal import OpenSSLCommand

/// A client's TLS records: none that nobody encrypted may come out as plaintext.
enum TLSTarget {
    private final class Plaintext: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            preconditionFailure("bytes are taken for a client's that no client encrypted")
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private static let context: TLSContext = {
        do {
            let base = FileManager.default.temporaryDirectory.appendingPathComponent("fuzz-\(UUID().uuidString)").path
            defer { for end in [".key", ".pem"] { try? FileManager.default.removeItem(atPath: base + end) } }
            try OpenSSLCommand.run([
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                "/CN=localhost", "-days", "2", "-keyout", "\(base).key", "-out", "\(base).pem",
            ])
            let identity = try TLSIdentity(certificateChainFile: "\(base).pem", privateKeyFile: "\(base).key")
            return try TLSContext(server: TLSServerConfiguration(identities: [identity]))
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    static func read(_ pieces: Pieces) {
        let channel = EmbeddedChannel()
        do {
            try channel.pipeline.syncOperations.addHandlers([OpenSSLHandler(serverContext: context), Plaintext()])
            channel.connect(to: try SocketAddress(ipAddress: "192.0.2.1", port: 443), promise: nil)
        } catch {
            preconditionFailure("\(error)")
        }
        for piece in pieces.all where channel.isActive {
            channel.pipeline.fireChannelRead(piece)
            channel.pipeline.fireChannelReadComplete()
        }
        if channel.isActive { channel.pipeline.fireChannelInactive() }
        channel.embeddedEventLoop.run()
    }
}
