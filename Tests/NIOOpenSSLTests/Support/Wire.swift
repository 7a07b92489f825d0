// Two channels in memory, back to back: what one writes the other reads when the test says so. No sockets, no sleeps.

import NIOCore
import NIOEmbedded

@testable import NIOOpenSSL

/// One end of a ``Wire``.
struct End {
    let channel: EmbeddedChannel
    let recorder: Recorder
    let handler: OpenSSLHandler

    init(_ handler: OpenSSLHandler, loop: EmbeddedEventLoop) throws {
        let recorder = Recorder()
        self.handler = handler
        self.recorder = recorder
        self.channel = EmbeddedChannel(loop: loop)
        try channel.pipeline.syncOperations.addHandlers([handler, recorder])
    }

    func connect() throws {
        channel.connect(to: try SocketAddress(ipAddress: "192.0.2.1", port: 443), promise: nil)
    }

    func write(_ text: String, promise: EventLoopPromise<Void>? = nil) {
        channel.pipeline.write(ByteBuffer(string: text), promise: promise)
    }

    func send(_ text: String) {
        write(text)
        channel.flush()
    }

    /// The ciphertext written since the last call.
    func takeBytes() -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return bytes
    }

    /// Delivers ciphertext in pieces of at most `size` bytes.
    func deliver(_ bytes: [UInt8], inPiecesOf size: Int = .max) {
        var rest = bytes[...]
        while !rest.isEmpty, channel.isActive {
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: rest.prefix(size)))
            channel.pipeline.fireChannelReadComplete()
            rest = rest.dropFirst(size)
        }
    }

    /// The network's end of file.
    func loseConnection() {
        channel.pipeline.fireChannelInactive()
    }
}

/// A client's and a server's channel, back to back, on one event loop.
struct Wire {
    let loop: EmbeddedEventLoop
    let client: End
    let server: End
    var pieceSize = Int.max

    init(client: OpenSSLHandler, server: OpenSSLHandler) throws {
        loop = EmbeddedEventLoop()
        self.client = try End(client, loop: loop)
        self.server = try End(server, loop: loop)
    }

    /// Activates both ends and exchanges bytes until neither has any.
    @discardableResult
    func connect() throws -> Wire {
        try server.connect()
        try client.connect()
        run()
        return self
    }

    /// Exchanges bytes until neither end has any.
    func run() {
        while moveOnce() {}
    }

    /// Moves what each end has written to the other.
    ///
    /// - Returns: Whether there was anything.
    @discardableResult
    func moveOnce() -> Bool {
        loop.run()
        let up = client.takeBytes()
        let down = server.takeBytes()
        server.deliver(up, inPiecesOf: pieceSize)
        client.deliver(down, inPiecesOf: pieceSize)
        return !up.isEmpty || !down.isEmpty
    }
}
