// Asks a server about itself: one GET over a connection of its own, bounded in size and time.

internal import HostNames
package import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL
internal import NIOPosix

/// Reads monitoring endpoints.
package struct MonitorReader: Sendable {
    /// A PEM file with the authorities of `https` endpoints; the system's when there is none.
    private let authorities: String?
    private let group: any EventLoopGroup

    /// How long one question may take.
    static let patience = TimeAmount.seconds(3)
    /// How many bytes an answer may have.
    static let answerBytes = 4 << 20

    package init(
        authorities: String? = nil, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.authorities = authorities
        self.group = group
    }

    /// Asks one server what it is (`/varz`) and what it knows of its cluster (`/jsz`).
    package func report(of url: MonitorURL) async throws(MonitorError) -> ServerReport {
        var report = try ServerReport(varz: try await get("/varz", from: url), at: url)
        try report.take(jsz: try await get("/jsz", from: url), at: url)
        return report
    }

    /// Asks one server who is connected to it (`/connz`).
    package func clients(of url: MonitorURL) async throws(MonitorError) -> [String] {
        try ClientNames(connz: try await get("/connz?limit=\(ClientNames.limit)", from: url), at: url).names
    }

    /// Asks all servers at once.
    package func reports(of urls: [MonitorURL]) async -> [MonitorURL: Result<ServerReport, MonitorError>] {
        await withTaskGroup(of: (MonitorURL, Result<ServerReport, MonitorError>).self) { tasks in
            for url in urls { tasks.addTask { (url, await answer(of: url)) } }
            return await tasks.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// What one server says, or why it says nothing. Not in the task's own closure: an optimised build of Swift 6.3.1
    /// loses what such a closure returns from within a `do` (CompilerTests).
    private func answer(of url: MonitorURL) async -> Result<ServerReport, MonitorError> {
        do throws(MonitorError) {
            return .success(try await report(of: url))
        } catch {
            return .failure(error)
        }
    }

    private func get(_ path: String, from url: MonitorURL) async throws(MonitorError) -> [UInt8] {
        let eventLoop = group.next()
        let promise = eventLoop.makePromise(of: [UInt8].self)
        let timer = eventLoop.scheduleTask(in: Self.patience) {
            promise.fail(MonitorError("\(url) did not answer within \(Self.patience.nanoseconds / 1_000_000_000) s"))
        }
        let connecting = connect(to: url, path, on: eventLoop, promise)
        promise.futureResult.whenComplete { _ in
            timer.cancel()
            connecting.whenSuccess { $0.close(promise: nil) }
        }
        do {
            return try await promise.futureResult.get()
        } catch {
            throw MonitorError(error, at: url)
        }
    }

    private func connect(
        to url: MonitorURL, _ path: String, on eventLoop: any EventLoop, _ promise: EventLoopPromise<[UInt8]>
    ) -> EventLoopFuture<any Channel> {
        let authorities = authorities
        let connecting = ClientBootstrap(group: eventLoop)
            .findingHosts(on: eventLoop)
            .connectTimeout(Self.patience)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if url.isSecure {
                        var configuration = TLSClientConfiguration()
                        if let authorities { configuration.trustRoots = .file(authorities) }
                        try pipeline.addHandler(
                            OpenSSLHandler(
                                clientContext: try TLSContext(client: configuration), serverName: url.host))
                    }
                    try pipeline.addHandlers([
                        HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder()),
                        MonitorHandler(url, path, promise),
                    ])
                }
            }
            .connect(host: url.host, port: url.port)
        connecting.cascadeFailure(to: promise)
        return connecting
    }
}

/// Carries out one exchange.
private final class MonitorHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let url: MonitorURL
    private let path: String
    private let promise: EventLoopPromise<[UInt8]>
    private var body: [UInt8] = []

    init(_ url: MonitorURL, _ path: String, _ promise: EventLoopPromise<[UInt8]>) {
        (self.url, self.path, self.promise) = (url, path, promise)
    }

    func channelActive(context: ChannelHandlerContext) {
        let headers: HTTPHeaders = [
            "Host": url.authority, "Accept": "application/json", "User-Agent": "sluice",
            "Accept-Encoding": "identity", "Connection": "close",
        ]
        let request = HTTPRequestHead(version: .http1_1, method: .GET, uri: url.base + path, headers: headers)
        context.write(wrapOutboundOut(.head(request)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard head.status != .ok else { return }
            promise.fail(MonitorError("\(url)\(path) answers with status \(head.status.code)"))
        case .body(let bytes):
            guard body.count + bytes.readableBytes <= MonitorReader.answerBytes else {
                return promise.fail(MonitorError("\(url)\(path) answers with more than 4 MiB"))
            }
            body.append(contentsOf: bytes.readableBytesView)
        case .end: promise.succeed(body)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(MonitorError(error, at: url))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(MonitorError("\(url) closed the connection before it answered"))
        context.fireChannelInactive()
    }
}
