package import GatewayClient
internal import NIOCore
internal import NIOPosix

/// Puts thousands of streams and some publishers on one gateway, or on a server that it is compared with, and accounts
/// for every event that the gateway promised to deliver.
///
/// A fleet has one task, which goes from phase to phase here. Its streams are channel handlers on a few event loops,
/// without a task or an async sequence of their own.
package struct Fleet: Sendable {
    /// The credentials of a fleet.
    package struct Tokens: Sendable {
        /// One for each of the plan's `userNames`.
        package var users: [BearerToken]
        /// May publish to those users and to everyone.
        package var publisher: BearerToken

        /// Creates credentials.
        ///
        /// - Parameters:
        ///   - users: one for each of the plan's `userNames`.
        ///   - publisher: may publish to those users and to everyone.
        package init(users: [BearerToken], publisher: BearerToken) {
            self.users = users
            self.publisher = publisher
        }
    }

    private let plan: FleetPlan
    private let server: FleetServer
    private let url: GatewayURL
    private let authorities: String?

    /// Creates a fleet. Nothing is opened before `run`.
    ///
    /// - Parameters:
    ///   - plan: what it is to do.
    ///   - server: what it puts its load on.
    ///   - url: where that is.
    ///   - file: a PEM file with the authorities that may vouch for the server; the system's when `nil`.
    package init(_ plan: FleetPlan, server: FleetServer, url: GatewayURL, certificateAuthorities file: String?) {
        self.plan = plan
        self.server = server
        self.url = url
        authorities = file
    }

    /// Does what the plan says.
    ///
    /// - Parameter observe: is told where it stands, a few times a second and at the beginning of each phase.
    /// - Returns: what came of it.
    /// - Throws: `GatewayClientError` when the server can't be reached or takes no stream at all.
    package func run(
        _ observe: @escaping @Sendable (FleetProgress) -> Void
    ) async throws(GatewayClientError)
        -> FleetResult
    {
        let (streams, publishers) = try await connectors()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: FleetCrew.loopCount(of: plan))
        let crew = FleetCrew(
            plan, server: server, connectors: (streams, publishers), loops: group.makeIterator().map(\.self))
        let result: Result<FleetResult, GatewayClientError>
        do {
            result = .success(try await FleetRun(plan, crew: crew, observe: observe).run())
        } catch {
            result = .failure(GatewayClientError(connectionError: error, to: url))
        }
        await crew.close()
        try? await group.shutdownGracefully()
        return try result.get()
    }

    /// A gateway takes both at one place, a peer its publishers at another.
    private func connectors() async throws(GatewayClientError) -> (streams: FleetConnector, publishers: FleetConnector)
    {
        let connector = try await FleetConnector(url: url, certificateAuthorities: authorities)
        let streams = try connector.offering(plan.transport.applicationProtocols, certificateAuthorities: authorities)
        guard case .peer(let peer) = server else { return (streams, connector) }
        return (streams, try await FleetConnector(url: peer.publishURL, certificateAuthorities: nil))
    }
}
