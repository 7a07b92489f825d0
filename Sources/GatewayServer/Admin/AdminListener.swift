// The admin listener's sockets, on an event loop of their own.

internal import HTTPServing
internal import NIOCore
internal import NIOPosix
internal import PeerText

/// Accepts plain HTTP on the admin address.
struct AdminListener: Sendable {
    let address: String
    let port: Int
    let http: HTTPPipeline
    let tracker: ConnectionTracker
    let pauses: AcceptPauses.Listener

    /// Short, because a probe asks at once, and a scraper that keeps its connection opens another when it was closed.
    static let times = ConnectionTimes(head: .seconds(5), body: .seconds(5), idle: .seconds(5))

    /// - Parameters:
    ///   - group: an event loop that serves nothing else, so that it answers probes whatever the others do.
    ///   - passed: the socket that the service manager passed.
    func bind(on group: MultiThreadedEventLoopGroup, passed: CInt?) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in pauses.add(to: channel) }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard case .served(let seat) = tracker.admit(channel) else { throw ConnectionRefused() }
                    let peer = Peer(at: ClientAddress(channel.remoteAddress), becameKnown: seat.becomesKnown)
                    try channel.pipeline.syncOperations.addHandler(CutOffHandler(seat: consume seat))
                    try http.addHTTP1(to: channel.pipeline.syncOperations, peer: peer)
                }
            }
            .listen(on: passed, or: address, port)
    }
}
