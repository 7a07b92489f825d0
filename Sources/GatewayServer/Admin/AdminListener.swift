// The admin listener's sockets.

internal import GatewayHTTP
internal import NIOCore
internal import NIOPosix

/// Accepts plain HTTP on the admin address.
struct AdminListener: Sendable {
    let address: String
    let port: Int
    let http1: HTTP1Pipeline
    let tracker: ConnectionTracker

    /// How many connections the admin listener has at once: probes and scrapers are few.
    static let connectionLimit = 64

    func bind(on group: MultiThreadedEventLoopGroup) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard case .served = tracker.admit(channel) else { throw ConnectionRefused() }
                    try channel.pipeline.syncOperations.addHandler(CutOffHandler())
                    try http1.add(to: channel.pipeline.syncOperations, peer: Peer())
                }
            }
            .bind(host: address, port: port).get()
    }
}
