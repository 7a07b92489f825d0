import Testing

@testable import GatewayClient

/// When a publish is sent again.
@Suite struct RetryPolicyTests {
    private static func error(_ code: GatewayClientError.Code) -> GatewayClientError {
        GatewayClientError(code: code, message: "")
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

    @Test func `it gives up behind the last attempt`() {
        let policy = RetryPolicy(attempts: 3)
        #expect(policy.delay(after: Self.error(.network), attempt: 2, jitter: 0) != nil)
        #expect(policy.delay(after: Self.error(.network), attempt: 3, jitter: 0) == nil)
        #expect(RetryPolicy(attempts: 1).delay(after: Self.error(.network), attempt: 1, jitter: 0) == nil)
    }
}
