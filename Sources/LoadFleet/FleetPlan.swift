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
        /// This many requests a second, whether answers are fast or not.
        case rated(Double)
        /// Each publisher sends its next request as soon as the last one is answered.
        case closed
    }

    /// When publishing ends.
    package enum Limit: Sendable, Equatable {
        case duration(Duration)
        /// After this many events.
        case events(Int)
    }

    /// What streams travel by.
    package enum Transport: Sendable, Equatable {
        /// HTTP/1.1: a connection for each stream.
        case http1
        /// HTTP/2: a connection for this many streams.
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

    /// How the streams travel. Publishers speak HTTP/1.1.
    package var transport = Transport.http1
    /// Ordinary streams.
    package var streams = 1000
    /// Users, over whom ordinary and stalled streams are spread in turn.
    package var users = 1000
    /// Streams that do not read until publishing is over.
    package var stalled = 0
    /// Streams of other users, which read and stay connected.
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
    /// A gateway limits the streams of one user, so there is one user for this many steady streams.
    static let steadyStreamsPerUser = 32

    /// The most connections that are open at once. A stream that does not read has a connection of its own, because it
    /// would stop its neighbours.
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
