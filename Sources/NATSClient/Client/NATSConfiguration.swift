// What a client is told once, and what it leaves to others: opening sockets, chance, telling.

internal import NIOCore
internal import NIOOpenSSL

/// How a client connects, and what it holds at most.
package struct NATSConfiguration: Sendable {
    /// The servers to begin with; at least one. Others of their cluster are learned from them.
    package var servers: [ServerAddress]
    /// Asked for each connection, so that a file that was renewed is read anew.
    package var credentials: @Sendable () throws(NATSError) -> Credentials = { () throws(NATSError) in .none }
    package var tls = TLSFiles()
    package var connection = ConnectionRules()
    package var reconnect = ReconnectRules()
    package var reading = ReadingLimits()
    /// How many bytes of publishes and requests may be under way: waiting for a connection, or sent and not known to
    /// have arrived. What is more is refused with code `full`.
    package var pendingBytes = 8 << 20
    /// How many requests may wait for their answers. What is more is refused with code `full`.
    package var pendingRequests = 65_536

    package init(servers: [ServerAddress]) { self.servers = servers }
}

/// The files of TLS. They are read for each connection.
package struct TLSFiles: Sendable, Equatable {
    /// A PEM file with the authorities that vouch for the servers; the system's when there is none.
    package var authorities: String?
    /// A PEM file with this client's certificate, and those between it and its authority.
    package var certificate: String?
    /// A PEM file with the certificate's key.
    package var key: String?

    package init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
        (self.authorities, self.certificate, self.key) = (authorities, certificate, key)
    }

    /// Reads the files.
    ///
    /// - Throws: `TLSError`, which names the file that can't be used.
    func context() throws(TLSError) -> TLSContext {
        var configuration = TLSClientConfiguration()
        if let authorities { configuration.trustRoots = .file(authorities) }
        if let certificate {
            configuration.identity = try TLSIdentity(
                certificateChainFile: certificate, privateKeyFile: key ?? certificate)
        }
        return try TLSContext(client: configuration)
    }
}

/// What a client tells of itself, for logs and metrics.
package enum NATSEvent: Sendable, Equatable {
    /// - Parameter id: the server's own name for itself, new with each of its starts.
    case connected(ServerAddress, id: String, isSecure: Bool)
    /// A server could not be connected to; another is tried, or the same again.
    case attemptFailed(ServerAddress, NATSError)
    /// - Parameter unknown: how many publishes and requests were under way, each of which has been told.
    case disconnected(ServerAddress, NATSError, unknown: Int)
    /// A server complains, and the connection goes on.
    case complaint(ServerAddress, NATSError)
    /// A server is about to stop. The client goes to another one when it does.
    case lameDuck(ServerAddress)
    /// So many servers are new in the cluster.
    case discovered(Int)
}

/// What a client does not do itself.
struct NATSHands: Sendable {
    /// Opens a connection, and adds the handler that is made for it before its first byte.
    var connect:
        @Sendable (ServerAddress, any EventLoop, TimeAmount, @escaping @Sendable (any Channel) throws -> Void)
            -> EventLoopFuture<any Channel>
    /// 64 random bits.
    var random: @Sendable () -> UInt64
    /// Told of each event, on the client's event loop.
    var report: @Sendable (NATSEvent) -> Void
}

/// Random numbers from a hand.
struct HandGenerator: RandomNumberGenerator {
    let random: @Sendable () -> UInt64

    mutating func next() -> UInt64 { random() }
}
