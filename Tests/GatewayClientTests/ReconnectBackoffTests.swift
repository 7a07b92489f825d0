import Testing

@testable import GatewayClient

@Suite struct ReconnectBackoffTests {
    @Test func `doubles up to its maximum`() {
        var backoff = ReconnectBackoff(base: .seconds(3), maximum: .seconds(20))
        let waits = (0..<5).map { _ in backoff.failed(jitter: 0) }
        #expect(waits == [.seconds(3), .seconds(6), .seconds(12), .seconds(20), .seconds(20)])
    }

    @Test func `a connection that works makes the next failure the first`() {
        var backoff = ReconnectBackoff(base: .seconds(1))
        _ = backoff.failed(jitter: 0)
        _ = backoff.failed(jitter: 0)
        backoff.succeeded()
        #expect(backoff.failed(jitter: 0) == .seconds(1))
    }

    @Test func `jitter adds up to half and never takes away`() {
        for (jitter, expected) in [(0.0, 2000), (0.5, 2500), (1.0, 3000), (-7, 2000), (9, 3000)] {
            var backoff = ReconnectBackoff(base: .seconds(2))
            #expect(backoff.failed(jitter: jitter) == .milliseconds(expected))
        }
    }

    @Test func `the server's retry is honoured, even beyond the maximum, up to an hour`() {
        var backoff = ReconnectBackoff(base: .seconds(3), maximum: .seconds(60))
        backoff.serverSet(retryMilliseconds: 120_000)
        #expect(backoff.failed(jitter: 0) == .seconds(120))
        #expect(backoff.failed(jitter: 0) == .seconds(120))
        backoff.serverSet(retryMilliseconds: .max)
        #expect(backoff.failed(jitter: 0) == .seconds(3600))
        for tooShort in [-5, 0, 99] {
            backoff.serverSet(retryMilliseconds: tooShort)
            #expect(backoff.base == .milliseconds(100))
        }
    }

    @Test func `never overflows`() {
        var backoff = ReconnectBackoff(base: .seconds(3600), maximum: .seconds(1 << 40))
        for _ in 0..<10_000 { #expect(backoff.failed(jitter: 1) <= .seconds(3600 * 1536)) }
    }
}
