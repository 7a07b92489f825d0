/// What a load fleet is to do. Plain values: whoever reads them from a command line checks them.
package struct FleetPlan: Sendable, Equatable {
    /// Whom each event is for.
    package enum Audience: String, Sendable, CaseIterable {
        /// One user after the other.
        case users
        /// Every stream.
        case everyone
    }

    /// How often is published.
    package enum Pace: Sendable, Equatable {
        /// So many requests a second, whether answers are quick or not.
        case rated(Double)
        /// Each publisher sends the next request as soon as the one before it is answered.
        case closed
    }

    /// When publishing ends.
    package enum Limit: Sendable, Equatable {
        case duration(Duration)
        /// So many events in all.
        case events(Int)
    }

    /// What streams travel by.
    package enum Transport: Sendable, Equatable {
        /// HTTP/1.1: a connection for each stream.
        case http1
        /// HTTP/2: a connection for each so many streams.
        case http2(streamsPerConnection: Int)

        /// The most that a connection may have (the gateway's limit on concurrent streams).
        package static let mostStreamsPerConnection = 100

        package var streamsPerConnection: Int {
            switch self {
            case .http1: 1
            case .http2(let count): count
            }
        }

        /// What is offered in the TLS handshake.
        var applicationProtocols: [String] { self == .http1 ? ["http/1.1"] : ["h2"] }
    }

    /// What streams travel by. Publishers speak HTTP/1.1.
    package var transport = Transport.http1
    /// Ordinary streams.
    package var streams = 1000
    /// Users, over whom ordinary and stalled streams are spread in turn.
    package var users = 1000
    /// Streams that do not read before publishing is over.
    package var stalled = 0
    /// Streams of users of their own, that read and stay connected.
    package var steady = 0
    /// Whom each event is for.
    package var audience = Audience.users
    /// How often is published.
    package var pace = Pace.rated(100)
    /// When publishing ends.
    package var limit = Limit.duration(.seconds(10))
    /// Connections that publish.
    package var publishers = 1
    /// Events per request.
    package var batch = 1
    /// Bytes of data per event.
    package var payload = 150
    /// Events per user that are published while the ordinary streams are away; 0 to let them stay.
    package var resume = 0
    /// Streams that are opened a second.
    package var connectRate = 500.0
    /// Threads of the fleet.
    package var eventLoops = 1

    /// The least bytes of data per event: a fleet's events carry numbers.
    package static let minimumPayload = FleetEvent.minimumBytes
    /// A gateway limits the streams of one user, so steady ones have a user for each so many.
    static let steadyStreamsPerUser = 32

    /// How many connections it has open at most. A stream that does not read has its own: else it would stop its
    /// neighbours.
    package var connections: Int {
        let perConnection = transport.streamsPerConnection
        return [streams, steady].reduce(stalled + publishers) { $0 + ($1 + perConnection - 1) / perConnection }
    }

    /// A plan with the defaults.
    package init() {}

    /// The users that tokens are needed for, in the order of the tokens: first the ordinary ones, then the steady ones.
    package var userNames: [String] {
        (0..<users).map { "bench-\($0)" } + (0..<steadyUsers).map { "bench-steady-\($0)" }
    }

    var steadyUsers: Int { (steady + Self.steadyStreamsPerUser - 1) / Self.steadyStreamsPerUser }
}
