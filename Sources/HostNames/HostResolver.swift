// How a connection of NIO's comes by the addresses of its host.

package import NIOCore
package import NIOPosix

extension ClientBootstrap {
    /// Has a host's name that hangs keep no other connection of the process waiting.
    ///
    /// - Parameter eventLoop: the connection's.
    package func findingHosts(on eventLoop: any EventLoop) -> ClientBootstrap {
        resolver(HostResolver(on: eventLoop, .shared))
    }
}

/// Looks for the host of one connection that is to be made.
struct HostResolver: Resolver, Sendable {
    private let lookups: HostLookups
    private let eventLoop: any EventLoop

    /// - Parameters:
    ///   - eventLoop: the connection's.
    ///   - lookups: whom it shares the name service with.
    init(on eventLoop: any EventLoop, _ lookups: HostLookups) {
        self.eventLoop = eventLoop
        self.lookups = lookups
    }

    /// The host's addresses of IPv4.
    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        find(host, port, .inet)
    }

    /// The host's addresses of IPv6.
    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        find(host, port, .inet6)
    }

    /// Does nothing: what the system looks for can't be called off.
    func cancelQueries() {}

    /// Both families are asked for one behind the other, and one lookup answers them.
    private func find(
        _ host: String, _ port: Int, _ family: NIOBSDSocket.ProtocolFamily
    ) -> EventLoopFuture<[SocketAddress]> {
        let promise = eventLoop.makePromise(of: [SocketAddress].self)
        lookups.find(HostPlace(host: host, port: port)) { answer in
            switch answer {
            case .success(let addresses): promise.succeed(addresses.filter { $0.protocol == family })
            case .failure(let error): promise.fail(error)
            }
        }
        return promise.futureResult
    }
}
