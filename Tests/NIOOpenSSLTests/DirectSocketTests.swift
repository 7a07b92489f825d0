// Which channels have a socket that can be written to past their queue.

import Glibc
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import NIOOpenSSL

@Suite struct DirectSocketTests {
    /// Whether a channel's socket is found, and what its queue is said to have then.
    private static func hasQueue(_ channel: any Channel) async throws -> Bool? {
        try await channel.eventLoop.submit { DirectSocket(of: channel)?.hasQueue }.get()
    }

    @Test func `a connection's socket is found`() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let client = try await ClientBootstrap(group: group).connect(to: try #require(server.localAddress)).get()
        #expect(try await Self.hasQueue(client) == false)
        try await client.close()
        try await server.close()
    }

    @Test func `what is in memory has none`() {
        #expect(DirectSocket(of: EmbeddedChannel()) == nil)
    }

    @Test func `a pipe is no socket`() async throws {
        var ends: [CInt] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let bootstrap = NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let channel = try await bootstrap.takingOwnershipOfDescriptors(input: ends[0], output: ends[1]).get()
        #expect(try await Self.hasQueue(channel) == nil)
        try await channel.close()
    }
}
