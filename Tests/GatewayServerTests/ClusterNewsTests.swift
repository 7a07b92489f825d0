// What is said of the connection to NATS: which server it leads to, and few lines of one that comes and goes.

import NATSClient
import Synchronization
import Testing

@testable import GatewayServer
@testable import JetStreamEventLog

@Suite struct ClusterNewsTests {
    private let lines = KeptLines()
    private let server: ServerAddress
    private let lost = NATSError(.network, "gone")

    init() throws { server = try ServerAddress("a") }

    private func news(_ clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) -> ClusterNews {
        ClusterNews(logger: lines.logger(), metrics: ClusterMetrics(registry: PrometheusRegistry()), clock: clock)
    }

    @Test func itKnowsTheServerByItsOwnName() {
        let news = news()
        #expect(news.server == nil && !news.isConnected)
        news.report(.connected(server, id: "N1", isSecure: false))
        #expect(news.server == "N1" && news.isConnected)
        news.report(.disconnected(server, lost, unknown: 0))
        #expect(news.server == nil && !news.isConnected)
        #expect(
            lines.all.map(\.message) == [
                "Connected to NATS.", "The connection to NATS is lost; another server is tried.",
            ])
    }

    /// A middlebox that lets in and drops does not fill a disk.
    @Test func whatComesAndGoesIsToldInFewLines() {
        let start = ContinuousClock.now
        let news = news { start }
        for _ in 0..<1000 {
            news.report(.connected(server, id: "N1", isSecure: false))
            news.report(.disconnected(server, lost, unknown: 0))
        }
        #expect(lines.all.count == ChangeReporter<Bool>.lineLimit)
    }

    @Test func inTheEndItIsToldHowItIs() {
        let time = Instants()
        let news = news { time.now }
        for _ in 0..<10 {
            news.report(.connected(server, id: "N1", isSecure: false))
            news.report(.disconnected(server, lost, unknown: 0))
        }
        news.report(.connected(server, id: "N1", isSecure: false))
        let count = lines.all.count
        news.tellLate()
        #expect(lines.all.count == count, "not yet")
        time.pass(.seconds(60))
        news.tellLate()
        #expect(lines.all.last?.message == "There is a connection to NATS again.")
        #expect(lines.all.last?["changes_not_told"] == "14")
    }

    @Test func streamsThatWereChangedAreKept() {
        let news = news()
        let change = StreamDifference(
            stream: "s", setting: "storage", wanted: "file", found: "memory", advice: "remake")
        news.report([change])
        #expect(news.changes == [change])
        news.report([])
        #expect(news.changes.isEmpty)
    }

    /// A clock that passes when a test says so.
    private final class Instants: Sendable {
        private let instant = Mutex(ContinuousClock.now)

        var now: ContinuousClock.Instant { instant.withLock { $0 } }

        func pass(_ time: Duration) { instant.withLock { $0 += time } }
    }
}
