// Connections of one loop share working memory and write past the channel's queue. Here the worst happens in between:
// the peer reads just then, and who hears that there is room writes to all connections at once. Real sockets, because
// it is their queue; no other thread, so that a seed gives the same run.

import COpenSSL
import Foundation
import Glibc
import NIOCore
import NIOPosix
import SeededRandom
import Testing

@testable import NIOOpenSSL

@Suite struct InterleavingTests {
    @Test func ciphertextKeepsItsOrderWhoeverIsCalledInBetween() async throws {
        var random = SeededGenerator(test: "interleaved writes")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        for _ in 0..<20 {
            let seed = random.next()
            let channels = try await Self.channels(on: loop, 2)
            let bench = try await loop.submit { NIOLoopBound(try Bench(channels, seed: seed), eventLoop: loop) }.get()
            for _ in 0..<120 { try await loop.submit { bench.value.step() }.get() }
            // A timer between two looks, so that the loop sees that the sockets take bytes again.
            for _ in 0..<2_000 {
                let look = loop.scheduleTask(in: .microseconds(200)) { bench.value.drain() }
                if try await look.futureResult.get() { break }
            }
            let wrong = try await loop.submit { bench.value.wrong }.get()
            #expect(wrong.isEmpty, "seed \(seed): \(wrong)")
            try await loop.submit { bench.value.close() }.get()
        }
        try await group.shutdownGracefully()
    }

    private static func channels(
        on loop: any EventLoop, _ count: Int
    ) async throws -> [(channel: any Channel, peer: CInt)] {
        var channels: [(any Channel, CInt)] = []
        for _ in 0..<count {
            var ends: [CInt] = [-1, -1]
            try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
            var size: CInt = 8_192
            setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
            channels.append((try await ClientBootstrap(group: loop).withConnectedSocket(ends[0]).get(), ends[1]))
        }
        return channels
    }
}

/// Servers' connections of one loop, their peers, and a schedule.
private final class Bench {
    private var connections: [Connection] = []
    private var random: SeededGenerator
    private var depth = 0

    init(_ channels: [(channel: any Channel, peer: CInt)], seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        let (context, scratch) = (try Contexts.make().server, OpenSSLScratch())
        for (channel, peer) in channels {
            let connection = try Connection(channel, peer, context, scratch)
            connections.append(connection)
            connection.hook.between = { [unowned self] in
                connection.read(upTo: Int.random(in: 0...30_000, using: &self.random))
            }
            connection.probe.onRoom = { [unowned self] in self.interleave() }
        }
    }

    /// One thing or another happens.
    func step() {
        guard let connection = connections.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<8, using: &random) {
        // So much that there is none, and that a flush makes room with a part of it left.
        case 0: connection.write(Int.random(in: 10_000...40_000, using: &random))
        case 1...3: connection.write(Int.random(in: 1...6_000, using: &random))
        case 4...5: connection.handler.flush()
        // More than is written, so that there is room again and again.
        default: connection.read(upTo: Int.random(in: 0...120_000, using: &random))
        }
    }

    /// What the hub does when it hears of room, and more: every connection is written to, some after their peers have
    /// read.
    private func interleave() {
        guard depth < 3 else { return }
        depth += 1
        defer { depth -= 1 }
        for connection in connections.shuffled(using: &random) {
            if Bool.random(using: &random) { connection.read(upTo: Int.random(in: 0...20_000, using: &random)) }
            connection.write(Int.random(in: 1...3_000, using: &random))
            if Bool.random(using: &random) { connection.handler.flush() }
        }
    }

    /// - Returns: whether all has been read.
    func drain() -> Bool {
        depth = 3
        for connection in connections {
            connection.handler.flush()
            connection.read(upTo: .max)
        }
        return wrong.isEmpty
    }

    var wrong: [String] { connections.compactMap(\.wrong) }

    func close() { for connection in connections { connection.close() } }
}

/// A server's connection in a channel of a real socket, and a client at the socket's other end.
private final class Connection {
    let handler: OpenSSLHandler
    let hook = FlushHook()
    let probe = RoomProbe()
    private let channel: any Channel
    private let peer: CInt
    private let client: RawClient
    private var written = 0
    private var heard = 0
    private var firstWrong: String?

    init(_ channel: any Channel, _ peer: CInt, _ context: TLSContext, _ scratch: OpenSSLScratch) throws {
        (self.channel, self.peer, client) = (channel, peer, try RawClient())
        handler = OpenSSLHandler(serverContext: context, scratch: scratch, sendsDirectly: true)
        // About what the socket takes at once.
        try channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: 15_000, high: 18_000))
        try channel.pipeline.syncOperations.addHandlers([hook, handler, probe])
        for _ in 0..<3 {
            SSL_do_handshake(client.ssl)
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: client.takeBytes()))
            channel.pipeline.fireChannelReadComplete()
            read(upTo: .max)
        }
        guard SSL_is_init_finished(client.ssl) == 1 else { throw RawClient.Failure() }
    }

    /// The bytes count up, so that each knows its place.
    func write(_ count: Int) {
        handler.write(ByteBuffer(bytes: (written..<written + count).map { UInt8(truncatingIfNeeded: $0 % 251) }))
        written += count
    }

    /// The peer reads from its socket, and looks at what it gets.
    func read(upTo limit: Int) {
        var (left, bytes) = (limit, [UInt8](repeating: 0, count: 16_384))
        while left > 0, case let count = recv(peer, &bytes, min(left, bytes.count), CInt(MSG_DONTWAIT)), count > 0 {
            left -= count
            client.deliver(Array(bytes.prefix(count)))
        }
        guard SSL_is_init_finished(client.ssl) == 1 else { return }
        while case let count = SSL_read(client.ssl, &bytes, CInt(bytes.count)), count > 0 {
            for byte in bytes.prefix(Int(count)) {
                if firstWrong == nil, byte != UInt8(heard % 251) { firstWrong = "byte \(heard) is another" }
                heard += 1
            }
        }
    }

    var wrong: String? { firstWrong ?? (heard == written ? nil : "\(heard) of \(written) bytes are readable") }

    func close() {
        channel.close(promise: nil)
        _ = Glibc.close(peer)
    }
}

/// Between TLS and the socket: something happens before each flush.
private final class FlushHook: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    var between: () -> Void = {}

    func flush(context: ChannelHandlerContext) {
        between()
        context.flush()
    }
}

/// Above TLS: hears of room.
private final class RoomProbe: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    var onRoom: () -> Void = {}

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { onRoom() }
    }
}
