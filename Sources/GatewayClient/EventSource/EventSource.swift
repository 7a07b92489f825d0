package import EventStream
internal import NIOCore

/// An event stream that reconnects: what a browser's `EventSource` (HTML standard §9.2) is to a page, this is to the
/// command line and the tests. It has a bearer token, and tells what a browser hides.
///
/// An asynchronous sequence for one consumer. Nothing happens between two calls of `next()` but the filling of a small
/// buffer, so a slow consumer slows the gateway's sending and loses nothing here. Cancel the task to end it.
package struct EventSource: AsyncSequence, Sendable {
    /// What the consumer gets.
    package typealias Element = EventSourceMessage
    /// Trouble is a message, not an error.
    package typealias Failure = Never

    /// What to listen to, and how patiently.
    package struct Configuration: Sendable {
        /// The credential.
        package var token: BearerToken
        /// Topics beside the token's own user and everyone.
        package var topics: [String]
        /// The event to continue behind; `nil` for "from now on".
        package var lastEventID: EventID?
        /// Silence for longer than this means that the connection is dead. 60 s when not given: a gateway's heartbeat
        /// comes every 15 s by default, and three lost ones are no accident.
        package var silenceTimeout: Duration
        /// The waits between connections.
        var backoff: ReconnectBackoff
        /// The bytes that one event may have. ``largestEventBytes`` when not given.
        package var maximumEventBytes: Int

        /// What a gateway may send as one event: `limits.event` at its largest, 16 MiB of data, whose lines the parser
        /// counts without their `data: ` once they have ended; and the id, the name, and the line that is being read.
        package static let largestEventBytes = (16 << 20) + (4 << 10)

        /// Creates a configuration.
        ///
        /// - Parameters:
        ///   - token: the credential.
        ///   - topics: topics beside the token's own user and everyone.
        ///   - lastEventID: the event to continue behind.
        ///   - silenceTimeout: silence for longer than this means that the connection is dead.
        ///   - backoff: the waits between connections.
        ///   - maximumEventBytes: the bytes that one event may have.
        package init(
            token: BearerToken, topics: [String] = [], lastEventID: EventID? = nil,
            silenceTimeout: Duration = .seconds(60), backoff: ReconnectBackoff = ReconnectBackoff(),
            maximumEventBytes: Int = largestEventBytes
        ) {
            self.token = token
            self.topics = topics
            self.lastEventID = lastEventID
            self.silenceTimeout = silenceTimeout
            self.backoff = backoff
            self.maximumEventBytes = maximumEventBytes
        }
    }

    /// Time and random numbers, which tests replace.
    struct Surroundings: Sendable {
        var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
        var jitter: @Sendable () -> Double = { Double.random(in: 0..<1) }
        /// A clock that goes on while the machine sleeps.
        var now: @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    }

    let configuration: Configuration
    let connector: GatewayConnector
    let surroundings: Surroundings

    /// Creates an event source. Nothing is opened before the first `next()`.
    ///
    /// - Parameters:
    ///   - configuration: what to listen to.
    ///   - connector: opens the connections.
    package init(_ configuration: Configuration, connector: GatewayConnector) {
        self.init(configuration, connector: connector, surroundings: Surroundings())
    }

    init(_ configuration: Configuration, connector: GatewayConnector, surroundings: Surroundings) {
        self.configuration = configuration
        self.connector = connector
        self.surroundings = surroundings
    }

    /// Starts listening.
    ///
    /// - Returns: the iterator that does the work in its `next()`.
    package func makeAsyncIterator() -> EventSourceIterator {
        EventSourceIterator(self)
    }

    /// Opens one connection and asks for the stream.
    func connect(lastEventID: String) async throws(GatewayClientError) -> ResponseParts.AsyncIterator {
        let url = connector.url
        let timeout = TimeAmount(configuration.silenceTimeout)
        let request = GatewayRequest.stream(
            at: url, token: configuration.token, topics: configuration.topics, lastEventID: lastEventID)
        let parts = try await connector.connect { channel in
            let parts = ResponseParts.make(for: channel)
            try channel.pipeline.syncOperations.addHandler(
                ResponseStreamHandler(request: request, url: url, timeout: timeout, source: parts.source))
            return parts.sequence
        }
        return parts.makeAsyncIterator()
    }
}
