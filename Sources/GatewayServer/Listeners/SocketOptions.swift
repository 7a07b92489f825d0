// What the sockets of the public listener's connections are like.

internal import Glibc
internal import NIOCore
internal import NIOPosix

extension ServerBootstrap {
    /// Sets the options of connections on the socket that listens: Linux has those that it accepts begin with the same
    /// (tcp(7)), so that they cost a connection no call of its own.
    func connectionOptions(_ limits: GatewayConfiguration.Limits) -> ServerBootstrap {
        serverChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .serverChannelOption(.socketOption(.so_keepalive), value: 1)
            // A reader that stalls costs the kernel's memory, too: without these, megabytes each.
            .serverChannelOption(.socketOption(.so_sndbuf), value: limits.sendBuffer)
            .serverChannelOption(.tcpOption(.init(rawValue: TCP_NOTSENT_LOWAT)), value: limits.unsent)
            // A laptop that sleeps says no goodbye, and TCP alone goes on for as long as the kernel likes (RFC 5482).
            .serverChannelOption(
                .tcpOption(.init(rawValue: TCP_USER_TIMEOUT)),
                value: Int(clamping: TimeAmount(limits.unacknowledged).nanoseconds / 1_000_000))
    }
}

extension Channel {
    /// How much the channel itself holds, of what it writes and of what it reads; and that each direction ends on its
    /// own.
    func setBuffers(_ limits: GatewayConfiguration.Limits) throws {
        guard let options = syncOptions else { return }
        // A client may say that it has no more to ask and still wait for its answer: who may do so is for TLS and HTTP
        // to know.
        try options.setOption(.allowRemoteHalfClosure, value: true)
        try options.setOption(
            .writeBufferWaterMark,
            value: ChannelOptions.Types.WriteBufferWaterMark(low: limits.writeBuffer / 2, high: limits.writeBuffer))
        try options.setOption(.recvAllocator, value: FleetingReads())
    }

    /// Has the channel look at its socket once in a turn. One read is then at most what the allocator gives; what
    /// HTTP/1.1 holds back counts on it.
    func readOnceATurn() throws { try syncOptions?.setOption(.maxMessagesPerRead, value: 1) }
}
