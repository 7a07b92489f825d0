// What was written before `close()` reaches a client that reads on, however slowly and whatever it says meanwhile. Real
// sockets, because it is their queue that an early end throws away; no other thread, so that the client's reads and the
// server's deadlines are in one order.

import COpenSSL
import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import NIOOpenSSL

@Suite struct LastBytesTests {
    /// What the client does while the server has more to send than its socket takes.
    enum Manner: CaseIterable {
        case keepsSilent
        case saysCloseNotify
        case endsItsSide
    }

    private static let byteCount = 200_000

    /// It takes much longer than the deadline, and never as long as that for the next bytes.
    @Test(arguments: Manner.allCases) func aClientThatReadsOnMissesNothing(manner: Manner) async throws {
        try await Self.run { loop, reader in
            let isOver = loop.makePromise(of: Void.self)
            try await loop.submit {
                try reader.value.answerAndClose(bytes: Self.byteCount, manner)
                loop.scheduleRepeatedTask(initialDelay: .milliseconds(50), delay: .milliseconds(50)) { task in
                    guard !reader.value.read(16_384) else { return }
                    task.cancel()
                    isOver.succeed()
                }
            }.get()
            try await isOver.futureResult.get()
            try await loop.submit {
                #expect(reader.value.received == Self.byteCount && reader.value.isToldOfTheEnd)
            }.get()
        }
    }

    /// The other half of the promise: nobody is waited for who takes nothing.
    @Test(arguments: Manner.allCases) func aClientThatReadsNothingIsCutOff(manner: Manner) async throws {
        try await Self.run { loop, reader in
            let closed = try await loop.submit {
                try reader.value.answerAndClose(bytes: Self.byteCount, manner)
                return reader.value.channel.closeFuture
            }.get()
            try await closed.get()
            try await loop.submit {
                while reader.value.read(16_384) {}
                #expect(reader.value.received < Self.byteCount && !reader.value.isToldOfTheEnd)
            }.get()
        }
    }

    private static func run(
        _ body: (any EventLoop, NIOLoopBound<SlowReader>) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        var ends: [CInt] = [-1, -1]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
        let peer = ends[1]
        var size: CInt = 8_192
        setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
        let channel = try await ClientBootstrap(group: loop)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .withConnectedSocket(ends[0]).get()
        let reader = try await loop.submit { NIOLoopBound(try SlowReader(channel, peer), eventLoop: loop) }.get()
        try await body(loop, reader)
        _ = try? await channel.close().get()
        close(peer)
        try await group.shutdownGracefully()
    }
}

/// A client at the other end of a server's real socket.
private final class SlowReader {
    let channel: any Channel
    private(set) var received = 0
    private let peer: CInt
    private let client: RawClient
    private let handler: OpenSSLHandler

    init(_ channel: any Channel, _ peer: CInt) throws {
        (self.channel, self.peer, client) = (channel, peer, try RawClient())
        handler = OpenSSLHandler(
            serverContext: try Contexts.make().server, shutdownTimeout: .milliseconds(200), sendsDirectly: true,
            takesBareEnd: true)
        try channel.pipeline.syncOperations.addHandler(handler)
        for _ in 0..<3 {
            SSL_do_handshake(client.ssl)
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: client.takeBytes()))
            channel.pipeline.fireChannelReadComplete()
            _ = read(.max)
        }
        guard SSL_is_init_finished(client.ssl) == 1 else { throw RawClient.Failure() }
    }

    /// The server says its last, and the client says something, too.
    func answerAndClose(bytes: Int, _ manner: LastBytesTests.Manner) throws {
        handler.writeAndFlush(ByteBuffer(repeating: 7, count: bytes))
        channel.close(promise: nil)
        switch manner {
        case .keepsSilent: break
        case .saysCloseNotify:
            client.shutDown()
            let words = client.takeBytes()
            try #require(send(peer, words, words.count, 0) == words.count)
        case .endsItsSide: try #require(shutdown(peer, CInt(SHUT_WR)) == 0)
        }
    }

    /// The client takes some bytes from its socket.
    ///
    /// - Returns: whether there may be more.
    func read(_ limit: Int) -> Bool {
        var (left, bytes) = (limit, [UInt8](repeating: 0, count: 16_384))
        while left > 0 {
            let count = recv(peer, &bytes, min(left, bytes.count), CInt(MSG_DONTWAIT))
            if count == 0 { return false }
            if count < 0 { return errno == EAGAIN && limit != .max }
            left -= count
            client.deliver(Array(bytes.prefix(count)))
            received += client.read().utf8.count
        }
        return true
    }

    /// Whether the client has the server's close_notify.
    var isToldOfTheEnd: Bool { SSL_get_shutdown(client.ssl) & SSL_RECEIVED_SHUTDOWN != 0 }
}
