internal import NIOCore
internal import NIOHTTP1
package import NIOOpenSSL
internal import NIOPosix

/// Opens connections to one gateway: TCP, TLS by NIOOpenSSL, HTTP/1.1 codec. The caller decides what is said over them.
package struct GatewayConnector: Sendable {
    /// Where the connections go.
    package let url: GatewayURL

    private let group: any EventLoopGroup
    private let timeout: TimeAmount
    private let addSecurity: @Sendable (any Channel) throws -> Void

    /// Creates a connector on the process's shared event loops.
    ///
    /// - Parameters:
    ///   - url: where the gateway is.
    ///   - file: a PEM file with the authorities that may vouch for the gateway; the system's when `nil`.
    ///   - protocols: what ALPN offers, most wanted first. This client speaks HTTP/1.1 only.
    ///   - timeout: how long a TCP connection may take to open; 10 s when not given. The TLS handshake has its own
    ///     limit.
    /// - Throws: `GatewayClientError` with code `invalidArgument` when the file cannot be used.
    package init(
        url: GatewayURL, certificateAuthorities file: String? = nil,
        applicationProtocols protocols: [String] = ["http/1.1"],
        timeout: Duration = .seconds(10)
    ) throws(GatewayClientError) {
        let context = try Self.tlsContext(certificateAuthorities: file, applicationProtocols: protocols)
        let serverName = url.host
        self.init(url: url, group: MultiThreadedEventLoopGroup.singleton, timeout: timeout) { channel in
            try channel.pipeline.syncOperations.addHandler(
                OpenSSLHandler(clientContext: context, serverName: serverName))
        }
    }

    /// The TLS context of a gateway's clients.
    ///
    /// - Parameters:
    ///   - file: a PEM file with the authorities that may vouch for the gateway; the system's when `nil`.
    ///   - protocols: what ALPN offers, most wanted first.
    /// - Throws: `GatewayClientError` with code `invalidArgument` when the file cannot be used.
    package static func tlsContext(
        certificateAuthorities file: String?, applicationProtocols protocols: [String] = ["http/1.1"]
    ) throws(GatewayClientError) -> TLSContext {
        var configuration = TLSClientConfiguration()
        if let file { configuration.trustRoots = .file(file) }
        configuration.applicationProtocols = protocols
        do {
            return try TLSContext(client: configuration)
        } catch {
            throw GatewayClientError(
                code: .invalidArgument,
                message: "the CA certificates in \(file ?? "the system's store") cannot be used", cause: error)
        }
    }

    /// Creates a connector with the security layer as a parameter, for connections in memory or without TLS.
    init(
        url: GatewayURL, group: any EventLoopGroup, timeout: Duration = .seconds(10),
        addSecurity: @escaping @Sendable (any Channel) throws -> Void
    ) {
        self.url = url
        self.group = group
        self.timeout = TimeAmount(timeout)
        self.addSecurity = addSecurity
    }

    /// Opens a connection.
    ///
    /// - Parameter configure: adds the caller's handlers behind the codec; runs on the channel's event loop, once per
    ///   address that is tried.
    /// - Returns: what `configure` returned for the connection that opened.
    /// - Throws: `GatewayClientError`, mostly with code `network`.
    func connect<Output: Sendable>(
        _ configure: @escaping @Sendable (any Channel) throws -> Output
    ) async throws(GatewayClientError) -> Output {
        try await open { channel in
            try Self.addCodec(to: channel)
            return try configure(channel)
        }
    }

    /// Opens a connection, does the TLS handshake, and closes it.
    ///
    /// - Returns: the facts of the handshake.
    /// - Throws: `GatewayClientError`; with code `tls` when the certificate is refused.
    func handshake() async throws(GatewayClientError) -> HandshakeFacts {
        let facts = try await open { channel in
            let tls = try channel.pipeline.syncOperations.handler(type: OpenSSLHandler.self)
            let promise = channel.eventLoop.makePromise(of: HandshakeFacts.self)
            try channel.pipeline.syncOperations.addHandler(HandshakeHandler(behind: tls, promise: promise))
            return promise.futureResult
        }
        do {
            return try await facts.get()
        } catch {
            throw GatewayClientError(connectionError: error, to: url)
        }
    }

    private func open<Output: Sendable>(
        _ configure: @escaping @Sendable (any Channel) throws -> Output
    ) async throws(GatewayClientError) -> Output {
        let addSecurity = addSecurity
        do {
            return try await ClientBootstrap(group: group)
                .connectTimeout(timeout)
                .connect(host: url.host, port: url.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try addSecurity(channel)
                        return try configure(channel)
                    }
                }
        } catch {
            throw GatewayClientError(connectionError: error, to: url)
        }
    }

    /// Adds HTTP/1.1 for a client. A response's head is bounded to 16 KiB per field and 64 KiB in all.
    static func addCodec(to channel: any Channel) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 << 10
        limits.maxHeaderListSize = 64 << 10
        let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        try channel.pipeline.syncOperations.addHandlers([HTTPRequestEncoder(), ByteToMessageHandler(decoder)])
    }
}
