// That a connection has the options that were set on the socket it came from: the kernel's promise, kept on this
// machine.

import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import GatewayServer

@Suite struct SocketOptionTests {
    @Test(.timeLimit(.minutes(10))) func areInherited() async throws {
        var limits = GatewayConfiguration.Limits()
        limits.unsent = 12_345
        limits.unacknowledged = .seconds(77)
        limits.sendBuffer = 50_000
        let group = MultiThreadedEventLoopGroup.singleton
        let accepted = group.next().makePromise(of: [Int].self)
        let listener = try await ServerBootstrap(group: group).connectionOptions(limits)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    accepted.completeWith(Result { try options(of: channel) })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let client = try await ClientBootstrap(group: group).connect(to: #require(listener.localAddress)).get()
        // Linux doubles what it is asked for as a buffer (socket(7)).
        #expect(try await accepted.futureResult.get() == [1, 1, 100_000, 12_345, 77_000])
        try await client.close()
        try await listener.close()
    }
}

private func options(of channel: any Channel) throws -> [Int] {
    let options = try #require(channel.syncOptions)
    return [
        try Int(options.getOption(.tcpOption(.tcp_nodelay))),
        try Int(options.getOption(.socketOption(.so_keepalive))),
        try Int(options.getOption(.socketOption(.so_sndbuf))),
        try Int(options.getOption(.tcpOption(.init(rawValue: TCP_NOTSENT_LOWAT)))),
        try Int(options.getOption(.tcpOption(.init(rawValue: TCP_USER_TIMEOUT)))),
    ]
}
