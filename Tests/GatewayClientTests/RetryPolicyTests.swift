import Testing

@testable import GatewayClient

/// When a publish is sent again.
@Suite struct RetryPolicyTests {
    private static func error(
        _ code: GatewayClientError.Code, retryAfter: Duration = .zero
    ) -> GatewayClientError {
        GatewayClientError(code: code, message: "", retryAfter: retryAfter)
    }

    @Test(arguments: [
        GatewayClientError.Code.network, .timeout, .connectionClosed, .serverFailed, .busy, .outcomeUnknown,
    ])
    func `what may be better the next time`(code: GatewayClientError.Code) {
        #expect(RetryPolicy().delay(after: Self.error(code), attempt: 1, jitter: 0) != nil)
    }

    @Test(arguments: [GatewayClientError.Code.refused, .tls, .invalidArgument, .invalidResponse, .tooLarge])
    func `what will not be`(code: GatewayClientError.Code) {
        #expect(RetryPolicy().delay(after: Self.error(code), attempt: 1, jitter: 0) == nil)
    }

    @Test func `the waits double, up to a limit, and are half chance`() {
        let policy = RetryPolicy(attempts: 100, base: .seconds(1))
        let error = Self.error(.network)
        #expect(policy.delay(after: error, attempt: 1, jitter: 0) == .milliseconds(500))
        #expect(policy.delay(after: error, attempt: 1, jitter: 1) == .seconds(1))
        #expect(policy.delay(after: error, attempt: 3, jitter: 1) == .seconds(4))
        #expect(policy.delay(after: error, attempt: 50, jitter: 1) == .seconds(10))
    }

    @Test func `never before the time that the gateway asks for`() {
        let asked = GatewayClientError(code: .serverFailed, message: "", retryAfter: .seconds(3))
        let policy = RetryPolicy(attempts: 100, base: .seconds(1))
        #expect(policy.delay(after: asked, attempt: 1, jitter: 0) == .seconds(3))
        #expect(policy.delay(after: asked, attempt: 1, jitter: 1) == .milliseconds(4500), "not all at once")
        let unknown = Self.error(.outcomeUnknown, retryAfter: .seconds(3))
        #expect(policy.delay(after: unknown, attempt: 1, jitter: 0) == .seconds(3))
        #expect(policy.delay(after: asked, attempt: 5, jitter: 0) == .seconds(5), "its own wait is longer")
    }

    @Test(arguments: [(10, true), (11, false), (60, false)])
    func `a time that is longer than it would wait is the caller's matter`(seconds: Int, waits: Bool) {
        let asked = GatewayClientError(code: .serverFailed, message: "", retryAfter: .seconds(seconds))
        #expect((RetryPolicy().delay(after: asked, attempt: 1, jitter: 0) != nil) == waits)
    }

    @Test func `it gives up behind the last attempt`() {
        let policy = RetryPolicy(attempts: 3)
        #expect(policy.delay(after: Self.error(.network), attempt: 2, jitter: 0) != nil)
        #expect(policy.delay(after: Self.error(.network), attempt: 3, jitter: 0) == nil)
        #expect(RetryPolicy(attempts: 1).delay(after: Self.error(.network), attempt: 1, jitter: 0) == nil)
    }
}
