// The second of the two things that a backend does for Sluice: when something has happened, it says who should know.
// Copy this; in another language it is one HTTPS request. It knows nothing of posts and comments.

internal import EventStream
internal import GatewayClient

/// Tells events to whom they are for.
protocol EventPublisher: Sendable {
    /// Publishes an event.
    ///
    /// - Parameters:
    ///   - event: whom it is for, its name and its data.
    ///   - key: names what has happened, not the attempt to tell it: the same key again is no second event.
    /// - Returns: how many streams were open for it.
    /// - Throws: `GatewayClientError`, which says why the gateway did not take it.
    func publish(_ event: PublishRequest, key: String) async throws -> Int
}

/// Publishes over HTTPS, each request with an `Idempotency-Key` and sent again when its answer is lost.
actor Notifier: EventPublisher {
    private static let tokenSeconds: Int64 = 600

    private let connector: GatewayConnector
    private let tokens: TokenDesk
    /// Keeps its connections open for as long as its token is good.
    private var current: (client: PublishClient, endsAt: Int64)?

    init(connector: GatewayConnector, tokens: TokenDesk) {
        self.connector = connector
        self.tokens = tokens
    }

    func publish(_ event: PublishRequest, key: String) async throws -> Int {
        let answer = try await client().publish(event, key: key)
        switch answer.results[0] {
        case .accepted(_, let streams): return streams
        case .refused(_, let detail): throw GatewayClientError(code: .refused, message: detail)
        }
    }

    /// The client, with a token that is good for another minute at least.
    private func client() async throws -> PublishClient {
        let now = tokens.clock() / 1000
        if let current, current.endsAt > now + 60 { return current.client }
        let token = try BearerToken(tokens.backendToken(seconds: Self.tokenSeconds))
        let client = PublishClient(connector: connector, token: token, timeout: .seconds(5))
        let old = current?.client
        current = (client, now + Self.tokenSeconds)
        await old?.close()
        return client
    }
}
