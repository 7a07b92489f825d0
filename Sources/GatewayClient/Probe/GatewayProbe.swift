internal import NIOCore
internal import NIOPosix

/// Asks a gateway what a browser would ask it, each time on a connection of its own, and reports the answers. It judges
/// nothing.
///
/// Requests are HTTP/1.1. The handshake shows whether the gateway offers HTTP/2.
package struct GatewayProbe: Sendable {
    private let connector: GatewayConnector
    private let browserLike: GatewayConnector
    private let timeout: Duration

    /// Where the gateway is.
    package var url: GatewayURL { connector.url }

    /// - Parameters:
    ///   - url: where the gateway is, as browsers know it.
    ///   - file: a PEM file with the authorities that may vouch for it; the system's when `nil`.
    ///   - timeout: how long an answer may take.
    /// - Throws: `GatewayClientError` with code `invalidArgument` when the file cannot be used.
    package init(
        url: GatewayURL, certificateAuthorities file: String?, timeout: Duration = .seconds(10)
    ) throws(GatewayClientError) {
        connector = try GatewayConnector(url: url, certificateAuthorities: file)
        browserLike = try GatewayConnector(
            url: url, certificateAuthorities: file, applicationProtocols: ["h2", "http/1.1"])
        self.timeout = timeout
    }

    /// Creates a probe of a server without TLS, such as the gateway's admin listener.
    ///
    /// - Parameters:
    ///   - url: an `http` URL.
    ///   - timeout: how long an answer may take.
    package init(plain url: GatewayURL, timeout: Duration) {
        self.init(
            connector: GatewayConnector(url: url, group: MultiThreadedEventLoopGroup.singleton) { _ in },
            timeout: timeout)
    }

    /// Creates a probe of connections that the connector secures, or does not.
    init(connector: GatewayConnector, timeout: Duration) {
        self.connector = connector
        browserLike = connector
        self.timeout = timeout
    }

    /// Does a TLS handshake as a browser does it.
    package func handshake() async -> HandshakeOutcome {
        do {
            return .agreed(try await browserLike.handshake())
        } catch {
            guard let trouble = error.certificateTrouble else { return .failed(error) }
            return .refused(trouble)
        }
    }

    /// Sends a request and waits for its whole answer.
    ///
    /// - Throws: `GatewayClientError` when there was none.
    package func ask(_ request: ProbeRequest) async throws(GatewayClientError) -> ProbeAnswer {
        let times = ProbeTimes(firstBytes: TimeAmount(timeout), whole: TimeAmount(timeout))
        guard let answer = try await perform(request, times, until: { _ in false }) else {
            throw GatewayClientError(
                code: .timeout, message: "\(url) did not answer within \(timeout.components.seconds) s")
        }
        return answer
    }

    /// Opens a stream and watches it.
    ///
    /// - Parameters:
    ///   - request: what opens it.
    ///   - firstBytes: how long the first bytes of the body may take.
    ///   - whole: for how long it is watched once they have come.
    ///   - awaited: whether the text so far has what is waited for, which ends the watch.
    /// - Returns: what came; `nil` when not even the response's head did.
    /// - Throws: `GatewayClientError` when the connection failed.
    package func watch(
        _ request: ProbeRequest, firstBytes: Duration, whole: Duration,
        until awaited: @escaping @Sendable (String) -> Bool
    ) async throws(GatewayClientError) -> ProbeAnswer? {
        let times = ProbeTimes(firstBytes: TimeAmount(firstBytes), whole: TimeAmount(max(firstBytes, whole)))
        return try await perform(request, times, until: awaited)
    }

    private func perform(
        _ request: ProbeRequest, _ times: ProbeTimes, until awaited: @escaping @Sendable (String) -> Bool
    ) async throws(GatewayClientError) -> ProbeAnswer? {
        let (url, head) = (connector.url, request.head(at: connector.url))
        let future = try await connector.connect { channel in
            let promise = channel.eventLoop.makePromise(of: ProbeAnswer?.self)
            try channel.pipeline.syncOperations.addHandler(
                ProbeHandler(request: head, url: url, times: times, awaited: awaited, promise: promise))
            return promise.futureResult
        }
        do {
            return try await future.get()
        } catch {
            throw GatewayClientError(connectionError: error, to: url)
        }
    }
}
