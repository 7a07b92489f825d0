internal import EventStream

/// What an event source remembers from one connection to the next, and what it decides: whether to connect again, when,
/// and behind which event.
///
/// A value without a clock and sockets. The caller passes the random number.
struct EventSourceState: Sendable {
    enum EndAction: Sendable {
        case reconnect(after: Duration, reason: GatewayClientError)
        case close(reason: GatewayClientError)
    }

    /// Sent as `Last-Event-ID` with the next connection; empty when there is none.
    private(set) var lastEventID: String

    private var backoff: ReconnectBackoff
    private var wasHealthy = false
    private var rejection: GatewayClientError?
    private var mayReturn = true
    private var wasEverOpen = false
    private var openedAt: ContinuousClock.Instant?

    /// A connection that lasted less counts as a failure, whatever came on it: a broken server may answer, send an
    /// event and end, again and again.
    static let shortestSuccess: Duration = .seconds(1)

    init(lastEventID: String, backoff: ReconnectBackoff) {
        self.lastEventID = lastEventID
        self.backoff = backoff
    }

    /// A connection attempt begins.
    mutating func connecting() {
        wasHealthy = false
        rejection = nil
        openedAt = nil
    }

    /// The gateway answered with a stream.
    mutating func opened(at now: ContinuousClock.Instant) {
        wasEverOpen = true
        openedAt = now
    }

    /// The stream said something. Returns what the consumer should see of it.
    ///
    /// A rejected connection counts as a failure, whatever came before the rejection. Else a full gateway would be
    /// asked again at the shortest interval for ever.
    mutating func received(_ item: EventStreamItem) -> EventSourceMessage? {
        switch item {
        case .retry(let milliseconds):
            backoff.serverSet(retryMilliseconds: milliseconds)
            return nil
        case .comment(let text):
            wasHealthy = true
            return .comment(text)
        case .event(let event):
            return received(event)
        }
    }

    /// The parser's last event id after what was received; blocks without data change it too.
    mutating func reached(lastEventID: String) {
        self.lastEventID = lastEventID
    }

    /// The connection is gone. Says what to do next.
    ///
    /// - Parameters:
    ///   - error: why.
    ///   - now: the time.
    ///   - least: what the gateway asked to wait at least (`Retry-After`).
    ///   - jitter: a random number from 0 up to 1.
    mutating func ended(
        _ error: GatewayClientError, at now: ContinuousClock.Instant, notBefore least: Duration = .zero, jitter: Double
    ) -> EndAction {
        let reason = rejection ?? error
        guard mayReturn && isWorthReturning(error) else { return .close(reason: reason) }
        let lasted = openedAt.map { now - $0 } ?? .zero
        if wasHealthy && rejection == nil && lasted >= Self.shortestSuccess { backoff.succeeded() }
        return .reconnect(after: backoff.failed(notBefore: least, jitter: jitter), reason: reason)
    }

    /// Before the first stream, a certificate that is not trusted, or an answer that is not HTTP, is a mistake in the
    /// settings. After it, somebody is repairing the gateway. An event that is too large would be sent again and again.
    private func isWorthReturning(_ error: GatewayClientError) -> Bool {
        switch error.code {
        case .tooLarge: false
        case .tls, .invalidResponse, .invalidArgument: wasEverOpen
        default: true
        }
    }

    private mutating func received(_ event: ServerSentEvent) -> EventSourceMessage? {
        switch event.event {
        case "sluice.open":
            // It is sent for its id alone, which the parser keeps.
            wasHealthy = true
            return nil
        case "sluice.gap":
            wasHealthy = true
            return .gap(event)
        case "sluice.delayed":
            wasHealthy = true
            return .delayed(event)
        case "sluice.current":
            wasHealthy = true
            return .current(event)
        case "sluice.presence":
            wasHealthy = true
            return .presence(event)
        case "sluice.rejected":
            let notice = RejectionNotice(data: event.data)
            rejection = GatewayClientError(code: .rejected, message: notice.sentence)
            mayReturn = notice.isRetryable
            return .rejected(event)
        default:
            wasHealthy = true
            return .event(event)
        }
    }
}
