// Asks a gateway who is connected, ends streams and revokes tokens. Needs a token with the grant `admin`.

internal import NIOCore
internal import NIOHTTP1
internal import StrictJSON

/// An administrator's requests, one connection for all.
///
/// None is sent again by itself: the answer to a lost one is not known, and each may be repeated without harm.
package actor AdminClient {
    private let connector: GatewayConnector
    private let token: BearerToken
    private let timeout: TimeAmount
    private var connection: ExchangeConnection?

    /// - Parameters:
    ///   - connector: opens the connection.
    ///   - token: the credential.
    ///   - timeout: how long an answer may take.
    package init(connector: GatewayConnector, token: BearerToken, timeout: Duration = .seconds(30)) {
        (self.connector, self.token, self.timeout) = (connector, token, TimeAmount(timeout))
    }

    /// Ends a user's streams.
    ///
    /// - Parameters:
    ///   - stream: the one to end, by its name; without it all.
    ///   - node: the gateway whose streams are meant, where several share the log; without it all.
    ///   - isRetryable: whether its page is told to come back.
    /// - Returns: the answer, `{"streamsEnded":N}`, with `unanswered` when not every gateway has said it.
    package func disconnect(
        _ user: String, stream: String? = nil, node: String? = nil, isRetryable: Bool
    ) async throws(GatewayClientError) -> String {
        let below = stream.map { "/" + PercentEncoding.encode($0) } ?? ""
        let query = (isRetryable ? [("retryable", "true")] : []) + (node.map { [("node", $0)] } ?? [])
        return try await ask(.DELETE, Self.path(of: user) + below, query: query)
    }

    /// Revokes tokens.
    ///
    /// - Returns: the answer, `{"streamsEnded":N}`, with `unanswered` when not every gateway has said it.
    package func revoke(_ tokens: RevokedTokens) async throws(GatewayClientError) -> String {
        try await ask(.POST, "/v1/revocations", body: tokens.json)
    }

    /// A page of who is connected.
    package func page(
        of list: AdminList, cursor: String? = nil
    ) async throws(GatewayClientError) -> AdminPage {
        let query = [("limit", "1000")] + (cursor.map { [("cursor", $0)] } ?? [])
        let text = try await ask(.GET, list.path, query: query)
        guard let page = AdminPage(json: Array(text.utf8), list.name) else {
            throw GatewayClientError(code: .invalidResponse, message: "the gateway's answer is no list of \(list.name)")
        }
        return page
    }

    /// Closes the connection.
    package func close() {
        connection?.channel.close(promise: nil)
        connection = nil
    }

    fileprivate static func path(of user: String) -> String { "/v1/users/\(PercentEncoding.encode(user))/streams" }

    private func ask(
        _ method: HTTPMethod, _ path: String, query: [(name: String, value: String)] = [], body: ByteBuffer? = nil
    ) async throws(GatewayClientError) -> String {
        let url = connector.url
        let head = GatewayRequest.administer(
            method, url.target(path, query: query), at: url, token: token, byteCount: body?.readableBytes)
        let answer = try await exchange(ExchangeRequest(head: head, body: body ?? ByteBuffer(), timeout: timeout))
        guard answer.status == 200 else {
            throw GatewayClientError(
                code: answer.status >= 500 || answer.status == 429 ? .serverFailed : .refused,
                message: ProblemDetail.sentence(status: answer.status, ProblemDetail(json: answer.body)))
        }
        return String(buffer: answer.body)
    }

    private func exchange(_ request: ExchangeRequest) async throws(GatewayClientError) -> ExchangeAnswer {
        let connection = try await openConnection()
        do {
            let answer = try await connection.perform(request)
            if !answer.keepsConnection { close() }
            return answer
        } catch {
            close()
            throw GatewayClientError(connectionError: error, to: connector.url)
        }
    }

    private func openConnection() async throws(GatewayClientError) -> ExchangeConnection {
        if let connection, connection.channel.isActive { return connection }
        let url = connector.url
        let opened = try await connector.connect { try ExchangeConnection(channel: $0, url: url) }
        connection = opened
        return opened
    }
}

/// A list that a gateway gives in pages.
package enum AdminList: Sendable, Equatable {
    case users
    case streams(of: String)

    var path: String {
        switch self {
        case .users: "/v1/users"
        case .streams(let user): AdminClient.path(of: user)
        }
    }

    /// The member that holds it.
    var name: String {
        switch self {
        case .users: "users"
        case .streams: "streams"
        }
    }
}
