// `limits.…`: everything that a peer can make grow, and where it stops. What happens there is said by who enforces it,
// and for the operator in `Setting`'s table.

internal import PeerText

extension GatewayConfiguration {
    /// `limits.…`: a limit for everything that a peer can make grow.
    package struct Limits: Sendable, Equatable {
        /// Open connections of the public listener.
        package var connections = 50_000
        /// Of them, those that have shown no good token yet.
        package var strangers = 10_000
        /// How long a connection may go without a good token.
        var strangerLifetime: Duration = .seconds(30)
        /// Connections beyond ``connections`` that are told that they are too many.
        var turnedAway = 1000
        /// Open streams of the process.
        package var streams = 50_000
        /// Open streams of one user.
        package var streamsPerUser = 64
        /// Topics of one stream.
        package var topicsPerStream = 32
        /// Bytes of a request line and its header fields.
        var requestHead = 16 * 1024
        /// Bytes of a request body.
        var requestBody = 2 * 1024 * 1024
        /// Bytes of one event's data.
        package var event = 64 * 1024
        /// Events of one publish request.
        package var batchEvents = 1000
        /// How many users one event may name.
        package var usersPerEvent = 1000
        /// From a request's first byte to the end of its head.
        var headTimeout: Duration = .seconds(10)
        /// From the end of a request's head to the end of its body.
        var bodyTimeout: Duration = .seconds(30)
        /// How long a connection without a request stays open.
        var idleTimeout: Duration = .seconds(60)
        /// Bytes of ciphertext of one connection that await its socket.
        package var writeBuffer = 32 * 1024
        /// Bytes that the kernel may hold for one connection (`SO_SNDBUF`).
        var sendBuffer = 256 * 1024
        /// Bytes that the kernel takes before it has sent the ones before (`TCP_NOTSENT_LOWAT`).
        var unsent = 32 * 1024
        /// How long what was sent may not be taken: unacknowledged, or kept back by a shut window (`TCP_USER_TIMEOUT`).
        var unacknowledged: Duration = .seconds(600)
        /// Bytes of request bodies, answers that are not taken and frames that can't be sent, of all connections.
        package var held = 128 * 1024 * 1024
        /// Known `Idempotency-Key`s.
        var publishKeys = 100_000
        /// Bytes that they may take up.
        var publishKeyBytes = 64 << 20
        /// Revocations in force.
        var revocations = 50_000
        /// Bytes that they may take up.
        var revocationBytes = 32 << 20
        /// Open connections of one address; 0 for as many as there are.
        var connectionsPerAddress = 10_000
        /// Connections that one address may make in a second; 0 for any number.
        var handshakesPerAddress = 100
        /// Addresses that these two do not hold for: this machine's and private ones.
        var exemptAddresses = Limits.privateNetworks
        /// Events that one publisher may put in in a second; 0 for any number.
        var eventsPerPublisher = 0
        /// Bytes of bodies that one publisher may send in a second; 0 for any number.
        var bytesPerPublisher = 0
        /// Streams that one user may open in a minute; 0 for any number.
        var streamsOpenedPerUser = 600
        /// Times a minute that one user may sign in where the log keeps the session; 0 for any number.
        var signInsPerUser = 60

        package init() {}

        /// Loopback, private and link-local (RFC 6890). A proxy is nearly always there, and a stranger from the
        /// Internet never.
        private static let privateNetworks = [
            "127.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "::1",
            "fc00::/7", "fe80::/10",
        ].compactMap { Network($0) }

        /// How many bytes an event that these limits allow can take up in JSON: each byte of its data, its name and its
        /// users' names written as an escape (`\u0041`, RFC 8259 §7), and what stands around them. White space between
        /// them is the publisher's own.
        var largestEventBody: Int {
            let (escape, name, aroundName, around) = (6, 256, 3, 256)
            return escape * (event + name) + usersPerEvent * (escape * name + aroundName) + around
        }

        /// How many bytes such an event takes up as a message to NATS: its data as they are, and names in JSON, in
        /// which no more than each second character is an escape's.
        var largestMessage: Int {
            let (escape, name, aroundName, around) = (2, 256, 3, 1024)
            return event + escape * name + usersPerEvent * (escape * name + aroundName) + around
        }
    }
}

// `http2.…`: what one HTTP/2 connection may cost, and how a silent one is found to be dead. Who enforces it is
// HTTP2Kit.

extension GatewayConfiguration {
    /// `http2.…`: what one HTTP/2 connection may cost.
    package struct HTTP2: Sendable, Equatable {
        /// Requests and streams open at once.
        package var streams = 100
        /// Bytes of one event stream that wait for its window.
        var streamQueue = 16 * 1024
        /// Bytes that the bodies of all requests may hold together.
        var heldBodies = 4 * 1024 * 1024
        /// Bytes of answers that wait to be taken before no further body is answered.
        var heldAnswers = 256 * 1024
        /// Streams that a client may reset, or have reset by its mistakes, in ten seconds.
        package var resets = 200
        /// Responses under way that a client may close, in ten seconds.
        package var cancellations = 1000
        /// Frames that ask for work and bring nothing, in ten seconds.
        package var controlFrames = 500
        /// WINDOW_UPDATE frames in ten seconds, beside those that are due.
        package var windowUpdates = 1000
        /// CONTINUATION frames behind one HEADERS.
        package var continuations = 8
        /// How long a connection with open streams may be silent before it is asked whether it is alive.
        var pingInterval: Duration = .seconds(60)
        /// How long the answer to that may take.
        var pingTimeout: Duration = .seconds(20)

        package init() {}
    }
}
