// The HTTPS listener: its socket, and the handlers of each connection.

internal import HTTP2Kit
internal import HTTPServing
internal import Logging
internal import NIOCore
internal import NIOOpenSSL
internal import NIOPosix
internal import PeerText

/// Accepts connections and gives each TLS and HTTP.
struct PublicListener: Sendable {
    let configuration: GatewayConfiguration
    /// The settings that connections read. `configuration` is only for the listening socket.
    let live: Live<LiveSettings>
    let account: ByteAccount
    let date: DateField
    let tracker: ConnectionTracker
    let metrics: ServerMetrics
    let logger: Logger
    let loops: LoopResources
    let pauses: AcceptPauses.Listener
    let plaintext: PlaintextReport
    /// Who is connected, by address.
    let addresses: AddressBook
    /// Where the gateway's own streams come from. They are in no count of connections.
    var canary: ClientAddress?

    /// Opens the listening socket, or takes the one that was passed. Call ``LoopResources/open()`` before.
    ///
    /// - Returns: the listening channel; connections come from here on.
    func bind(on group: MultiThreadedEventLoopGroup, passed: CInt?) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .connectionOptions(configuration.limits)
            .serverChannelInitializer { channel in pauses.add(to: channel) }
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try setUp(channel) } }
            .listen(on: passed, or: configuration.listen.address, configuration.listen.port)
    }

    private func setUp(_ channel: any Channel) throws {
        let now = live.value
        let address = ClientAddress(channel.remoteAddress)
        let isCanary = canary != nil && address == canary
        let isProxied = !isCanary && now.configuration.listen.proxyProtocolFrom.contain(address)
        // First, since it costs the least. Whose connection a proxy brings is known when its header has come.
        let place = isProxied || isCanary ? nil : try Self.admit(address, now.addresses, to: addresses, plaintext)
        try channel.setBuffers(now.configuration.limits)
        var http = http(now)
        var seat: ConnectionTracker.Seat?
        if !isCanary { seat = try admit(channel, from: address, &http) }
        let becomesKnown = seat?.becomesKnown
        let places = isCanary ? nil : ConnectionPlaces(seat: consume seat, address: place)
        let tls = OpenSSLHandler(
            serverContext: now.tls, handshakeTimeout: TimeAmount(now.configuration.tls.handshakeTimeout),
            scratch: loops.scratch(on: channel.eventLoop), sendsDirectly: true, takesBareEnd: true)
        tls.attachment = places
        let pipeline = channel.pipeline.syncOperations
        if isProxied { try pipeline.addHandler(proxyHeaderHandler(address, now.addresses)) }
        try pipeline.addHandlers([
            EntranceHandler(places: places, linger: now.times.linger, turnedAway: plaintext.met),
            tls,
            NegotiationHandler(
                http: http, http2: now.http2, loops: loops, metrics: metrics, logger: logger,
                address: address, authorities: now.authorities, becameKnown: becomesKnown, isCounted: !isCanary),
        ])
    }

    /// Counts a connection in, by the address that it comes from.
    private static func admit(
        _ address: ClientAddress?, _ limits: AddressLimits, to addresses: AddressBook, _ plaintext: PlaintextReport
    ) throws -> AddressPlace? {
        do throws(AddressRefusal) {
            return try addresses.admit(address, limits)
        } catch {
            plaintext.metLimit(error, of: address)
            throw ConnectionRefused()
        }
    }

    private func proxyHeaderHandler(_ proxy: ClientAddress?, _ limits: AddressLimits) -> ProxyHeaderHandler {
        // What it needs, and not the listener with all of the configuration, for each connection.
        ProxyHeaderHandler(
            admit: { [addresses, plaintext] in try Self.admit($0, limits, to: addresses, plaintext) },
            refused: { [plaintext] in plaintext.met($0, from: proxy) })
    }

    private func http(_ now: LiveSettings) -> HTTPPipeline {
        HTTPPipeline(
            judge: LiveGateway(live: live), times: now.times, headBytes: now.configuration.limits.requestHead,
            account: account, metrics: metrics, date: date)
    }

    /// A connection's place, and what serves it where there is none.
    private func admit(
        _ channel: any Channel, from address: ClientAddress?, _ http: inout HTTPPipeline
    ) throws -> ConnectionTracker.Seat {
        switch tracker.admit(channel) {
        case .served(let seat): return seat
        case .turnedAway(let seat):
            http = http.turningAway(LiveTurningAway(live: live))
            return seat
        case .refused:
            plaintext.refuse("connections-limit", from: address)
            throw ConnectionRefused()
        }
    }
}

/// Closes a connection beyond the limit.
struct ConnectionRefused: Error {}
