internal import NIOCore
internal import NIOHTTP1

/// Publishes events over keep-alive connections.
///
/// Each request carries an `Idempotency-Key`. When its answer is lost, or the gateway asks to wait, it is sent again
/// with the same key, and is published once all the same. A call takes an idle connection or opens one, so calls at the
/// same time do not wait for each other, up to a limit.
package actor PublishClient {
    /// How many requests there may be at once. Beyond that a call fails with code `busy`.
    private static let maximumConnections = 16
    /// Connections that are kept for later.
    private static let maximumIdle = 4

    private let connector: GatewayConnector
    private let token: BearerToken
    private let timeout: TimeAmount
    private let retries: RetryPolicy
    private var idle: [ExchangeConnection] = []
    private var inUse = 0

    /// Creates a client. Nothing is opened before the first publish.
    ///
    /// - Parameters:
    ///   - connector: opens the connections.
    ///   - token: the credential; it needs the grant to publish.
    ///   - timeout: how long an answer may take; 30 s when not given.
    ///   - retries: how often a request is sent again.
    package init(
        connector: GatewayConnector, token: BearerToken, timeout: Duration = .seconds(30),
        retries: RetryPolicy = RetryPolicy()
    ) {
        self.connector = connector
        self.token = token
        self.timeout = TimeAmount(timeout)
        self.retries = retries
    }

    /// Publishes one event.
    ///
    /// - Parameters:
    ///   - request: the event.
    ///   - key: its `Idempotency-Key`; a fresh one when not given. One of the caller's own outlives the process.
    /// - Returns: the answer, with one result.
    /// - Throws: `GatewayClientError`; with code `refused` the message is the gateway's own reason.
    package func publish(
        _ request: PublishRequest, key: String? = nil
    ) async throws(GatewayClientError) -> PublishAnswer {
        let answer = try await post(request.json, mediaType: "application/json", key: key ?? Self.freshKey())
        guard answer.results.count == 1 else {
            throw GatewayClientError(code: .outcomeUnknown, message: "the gateway answered with no result")
        }
        return answer
    }

    /// Publishes many events that are JSON already.
    ///
    /// - Parameter lines: NDJSON, one event per line.
    /// - Returns: the answer, with one result per line. Events can be refused one by one: look at each.
    /// - Throws: `GatewayClientError` when the whole request failed.
    package func publish(lines: [UInt8]) async throws(GatewayClientError) -> PublishAnswer {
        try await post(ByteBuffer(bytes: lines), mediaType: "application/x-ndjson", key: Self.freshKey())
    }

    /// Closes the idle connections. Requests that are under way finish.
    package func close() {
        for connection in idle { connection.channel.close(promise: nil) }
        idle.removeAll()
    }

    private func post(
        _ body: ByteBuffer, mediaType: String, key: String
    ) async throws(GatewayClientError) -> PublishAnswer {
        let head = GatewayRequest.publish(
            at: connector.url, token: token, mediaType: mediaType, byteCount: body.readableBytes, key: key)
        var attempt = 1
        while true {
            do throws(GatewayClientError) {
                let answer = try await exchange(head, body)
                guard answer.status == 200 else { throw Self.refusal(answer) }
                return try PublishAnswer(body: answer.body)
            } catch {
                let delay = retries.delay(after: error, attempt: attempt, jitter: .random(in: 0..<1))
                guard let delay, (try? await Task.sleep(for: delay)) != nil else { throw error }
                attempt += 1
            }
        }
    }

    /// 128 random bits: no two requests of this world have the same.
    private static func freshKey() -> String {
        var random = SystemRandomNumberGenerator()
        return (0..<2).map { _ in String(random.next() as UInt64, radix: 36) }.joined(separator: "-")
    }

    private func exchange(
        _ head: HTTPRequestHead, _ body: ByteBuffer
    ) async throws(GatewayClientError) -> ExchangeAnswer {
        guard inUse < Self.maximumConnections else {
            throw GatewayClientError(
                code: .busy, message: "\(Self.maximumConnections) publishes are under way: wait for one to end")
        }
        inUse += 1
        defer { inUse -= 1 }
        let connection = try await connection()
        do {
            let answer = try await connection.perform(ExchangeRequest(head: head, body: body, timeout: timeout))
            release(connection, keep: answer.keepsConnection)
            return answer
        } catch {
            throw GatewayClientError(connectionError: error, to: connector.url)
        }
    }

    private func connection() async throws(GatewayClientError) -> ExchangeConnection {
        while let connection = idle.popLast() {
            if connection.channel.isActive { return connection }
        }
        let url = connector.url
        return try await connector.connect { try ExchangeConnection(channel: $0, url: url) }
    }

    private func release(_ connection: ExchangeConnection, keep: Bool) {
        if keep && connection.channel.isActive && idle.count < Self.maximumIdle {
            idle.append(connection)
        } else {
            connection.channel.close(promise: nil)
        }
    }

    /// 408, 425, 429 and 503 promise that nothing was done; any other 5xx (a proxy's 502 or 504) promises nothing.
    private static func refusal(_ answer: ExchangeAnswer) -> GatewayClientError {
        let message = ProblemDetail.sentence(status: answer.status, ProblemDetail(json: answer.body))
        let (wait, seconds) = (answer.retryAfter, answer.retryAfter.components.seconds)
        return switch answer.status {
        case 408, 425, 429, 503:
            GatewayClientError(
                code: .serverFailed, message: wait > .zero ? "\(message); to be tried again in \(seconds) s" : message,
                retryAfter: wait)
        case 500...:
            GatewayClientError(
                code: .outcomeUnknown, message: "\(message); only with the same Idempotency-Key is a repeat harmless",
                retryAfter: wait)
        default: GatewayClientError(code: .refused, message: message)
        }
    }
}
