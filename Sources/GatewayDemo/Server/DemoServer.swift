// The demo's sockets: an HTTPS server of its own, on another origin than the gateway's. What it answers is the
// backend's.

internal import EventLog
internal import GatewayClient
internal import HTTPServing
internal import NIOCore
internal import NIOOpenSSL
internal import NIOPosix
internal import PlainWords
internal import Synchronization
internal import TokenAuth

/// The demo's backend, from start to end.
package struct DemoServer: Sendable {
    /// A browser opens six to one host; more than a few browsers do not come here.
    private static let connectionLimit = 256
    private static let headBytes = 16 * 1024
    private static let times = ConnectionTimes(head: .seconds(10), body: .seconds(10), idle: .seconds(60))

    private let settings: DemoSettings
    private let tls: TLSContext
    private let backend: DemoBackend
    private let date: DateField

    /// Reads certificates and looks at the keys.
    ///
    /// - Parameters:
    ///   - settings: where it is, and what it is made with.
    ///   - clock: the time in milliseconds since 1970.
    /// - Throws: ``DemoError``, which says what is wrong and what to do.
    package init(settings: DemoSettings, clock: @escaping @Sendable () -> Int64) throws(DemoError) {
        self.settings = settings
        date = DateField { WallTime(milliseconds: clock()) }
        do {
            let identity = try TLSIdentity(
                certificateChainFile: settings.certificate, privateKeyFile: settings.key)
            var configuration = TLSServerConfiguration(identities: [identity])
            configuration.applicationProtocols = ["http/1.1"]
            tls = try TLSContext(server: configuration)
            backend = try Self.backend(settings, clock)
        } catch {
            throw DemoError("the demo's page can't be served: \(error)")
        }
    }

    private static func backend(
        _ settings: DemoSettings, _ clock: @escaping @Sendable () -> Int64
    ) throws -> DemoBackend {
        let issuer = try TokenIssuer(keys: settings.keys)
        var tokens = TokenDesk(
            issuer: issuer, names: settings.tokenNames,
            publishing: try Grants(publish: ["user:*", "everyone"]), clock: clock)
        if settings.cluster != nil { tokens.reading = try ClusterPage.grants }
        let connector = try GatewayConnector(
            url: GatewayURL(settings.gateway), certificateAuthorities: settings.certificateAuthorities)
        return DemoBackend(
            origin: settings.origin, gateway: settings.gateway, tokens: tokens,
            sessions: LoginCookie(keys: settings.keys, issuer: issuer, clock: clock),
            publisher: Notifier(connector: connector, tokens: tokens),
            cluster: settings.cluster.map { cluster in
                let lookout = Lookout(connector: connector, tokens: tokens)
                return ClusterPage(cluster: cluster, streams: { try await lookout.streams(of: $0) })
            }, clock: clock)
    }

    /// Serves for as long as `body` runs.
    ///
    /// - Parameter body: begins when connections can come.
    /// - Throws: ``DemoError`` when the port can't be listened on, and what `body` throws.
    package func serve(while body: () async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            _ = try await bind(on: group)
            try await body()
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    private func bind(on group: MultiThreadedEventLoopGroup) async throws -> any Channel {
        let connections = ConnectionCount(limit: Self.connectionLimit)
        do {
            return try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try connections.admit(channel)
                        try setUp(channel.pipeline.syncOperations)
                    }
                }
                .bind(host: settings.address, port: settings.port).get()
        } catch {
            throw DemoError(
                "the demo's page can't be served: --demo-port \(settings.port) \(PlainError.listening(error))")
        }
    }

    private func setUp(_ pipeline: ChannelPipeline.SynchronousOperations) throws {
        try pipeline.addHandler(OpenSSLHandler(serverContext: tls))
        try HTTPPipeline(
            judge: backend, times: Self.times, headBytes: Self.headBytes, metrics: Uncounted(), date: date
        ).addHTTP1(to: pipeline, peer: Peer())
    }
}

/// How many connections are open.
private final class ConnectionCount: Sendable {
    private let count = Atomic(0)
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Counts a connection in until it closes.
    ///
    /// - Throws: ``DemoError`` when it is one too many, which closes it.
    func admit(_ channel: any Channel) throws {
        channel.closeFuture.whenComplete { _ in self.count.subtract(1, ordering: .relaxed) }
        guard count.add(1, ordering: .relaxed).newValue <= limit else { throw DemoError("too many connections") }
    }
}

/// Nobody scrapes the demo.
private struct Uncounted: HTTPMetrics {
    func refused(_ reason: String) {}
}
