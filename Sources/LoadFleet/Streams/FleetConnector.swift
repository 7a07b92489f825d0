internal import GatewayClient
internal import NIOCore
internal import NIOOpenSSL
internal import NIOPosix

/// Opens a fleet's connections to one gateway: TCP and, when its URL says so, TLS. The caller's handler does the rest.
///
/// `GatewayConnector` would not do: it asks the name server each time and adds an HTTP codec, which costs a fleet more
/// than its streams.
struct FleetConnector: Sendable {
    /// How long TCP and TLS may take to open: reconnects by the thousand queue up at both ends.
    private static let timeout: TimeAmount = .seconds(60)
    /// How many bytes the kernel takes for a stream that does not read.
    private static let smallReceiveBuffer: ChannelOptions.Types.SocketOption.Value = 4096

    let url: GatewayURL
    /// `nil` for connections in the clear.
    private let context: TLSContext?
    private let address: SocketAddress

    /// Finds the gateway's address by opening one connection, and closes that again.
    ///
    /// - Throws: `GatewayClientError` when nobody is there, or the CA file cannot be used.
    init(url: GatewayURL, certificateAuthorities file: String?) async throws(GatewayClientError) {
        let context =
            url.scheme == .https ? try GatewayConnector.tlsContext(certificateAuthorities: file) : nil
        do {
            let probe = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: url.host, port: url.port).get()
            guard let address = probe.remoteAddress else { throw ChannelError.ioOnClosedChannel }
            try await probe.close()
            self.init(url: url, context: context, address: address)
        } catch {
            throw GatewayClientError(connectionError: error, to: url)
        }
    }

    /// The same connector with other protocols on offer.
    ///
    /// - Throws: `GatewayClientError` when the CA file cannot be used.
    func offering(
        _ protocols: [String], certificateAuthorities file: String?
    ) throws(GatewayClientError) -> FleetConnector {
        let context = try GatewayConnector.tlsContext(certificateAuthorities: file, applicationProtocols: protocols)
        return FleetConnector(url: url, context: context, address: address)
    }

    /// Creates a connector to a known address.
    init(url: GatewayURL, context: TLSContext?, address: SocketAddress) {
        self.url = url
        self.context = context
        self.address = address
    }

    /// Opens a connection.
    ///
    /// - Parameters:
    ///   - loop: the caller's event loop.
    ///   - readsLittle: whether the kernel should hold as little as possible of what is not read.
    ///   - scratch: the event loop's working memory for TLS.
    ///   - configure: adds the handler behind TLS; runs on the loop.
    func connect(
        on loop: any EventLoop, readsLittle: Bool, scratch: NIOLoopBound<OpenSSLScratch>? = nil,
        configure: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let (context, host) = (context, url.host)
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(Self.timeout)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 32 << 10))
        if readsLittle {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: Self.smallReceiveBuffer)
        }
        return
            bootstrap.channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(
                            OpenSSLHandler(
                                clientContext: context, serverName: host, handshakeTimeout: Self.timeout,
                                scratch: scratch?.value ?? OpenSSLScratch()))
                    }
                    try configure(channel)
                }
            }
            .connect(to: address)
    }
}
