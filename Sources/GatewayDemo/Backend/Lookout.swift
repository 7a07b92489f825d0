// Sees where a user's streams are, in a cluster. A product's support desk does so; a product's page does not need it.

internal import GatewayClient

/// Asks the gateways who is connected, with a token that may.
actor Lookout {
    private static let tokenSeconds: Int64 = 600

    private let connector: GatewayConnector
    private let tokens: TokenDesk
    private var current: (client: AdminClient, endsAt: Int64)?

    init(connector: GatewayConnector, tokens: TokenDesk) {
        self.connector = connector
        self.tokens = tokens
    }

    /// A user's streams at all gateways, each as the gateways' JSON has it.
    ///
    /// - Throws: `GatewayClientError`, which says why the gateways could not be asked.
    func streams(of user: String) async throws -> [String] {
        try await client().page(of: .streams(of: user)).elements
    }

    /// The client, with a token that is good for another minute at least.
    private func client() async throws -> AdminClient {
        let now = tokens.clock() / 1000
        if let current, current.endsAt > now + 60 { return current.client }
        let token = try BearerToken(tokens.lookoutToken(seconds: Self.tokenSeconds))
        let client = AdminClient(connector: connector, token: token, timeout: .seconds(5))
        let old = current?.client
        current = (client, now + Self.tokenSeconds)
        await old?.close()
        return client
    }
}
