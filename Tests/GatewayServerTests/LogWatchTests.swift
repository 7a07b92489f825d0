// What the operator, the probes and the metrics are told of the event log's health.

import EventLog
import HTTPServing
import HTTPTypes
import Logging
import NIOCore
import Synchronization
import Testing

@testable import GatewayServer

@Suite struct LogWatchTests {
    /// Keeps lines instead of writing them.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let pairs = (event.metadata ?? [:]).map { " \($0.key)=\($0.value)" }.sorted().joined()
            lines.add("\(event.level): \(event.message)\(pairs)")
        }
    }

    private let lines = Lines()
    private let registry = PrometheusRegistry(collectors: [])
    private let gatewayHealth = Health()
    private let watch: LogWatch

    init() {
        let lines = lines
        let logger = Logger(label: "test") { _ in Handler(lines: lines) }
        let start = ContinuousClock.now
        watch = LogWatch(
            logger: logger, metrics: LogMetrics(registry: registry), health: gatewayHealth, clock: { start },
            readers: { [PortHolder(process: 7, program: "sqlite3")] })
        gatewayHealth.phase = .ready
    }

    private static func health(_ change: (inout LogHealth) -> Void = { _ in }) -> LogHealth {
        var health = LogHealth()
        change(&health)
        return health
    }

    private func probe(_ path: String) -> String {
        let judge = AdminJudge(
            hosts: AdminHosts([]), health: gatewayHealth, reloads: ReloadRecord(process: 1), metrics: { "" })
        var peer = Peer()
        let request = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: path)
        guard case .answer(let answer) = judge.judge(request, from: &peer) else { return "no answer" }
        return "\(answer.status.code) \(String(buffer: answer.body))"
    }

    @Test func aLogThatFailsIsOneLineWithItsCauseAndSoIsItsReturn() {
        watch.report(LogHealth())
        #expect(lines.all.isEmpty)
        let failing = Self.health { $0.failure = EventLogError(.full, "No room for /data/events.db.") }
        for _ in 0..<3 { watch.report(failing) }
        watch.report(LogHealth())
        #expect(
            lines.all == [
                "error: The event log takes no events: publishers get 503. cause=No room for /data/events.db. reason=log-full",
                "warning: The event log takes events again.",
            ])
    }

    @Test func readingABacklogAndTheJournalHaveLinesOfTheirOwn() {
        watch.report(Self.health { $0.readFailure = EventLogError(.unavailable, "Damaged.") })
        watch.report(Self.health { $0.isBusy = true })
        watch.report(Self.health { $0.journalBytes = LogWatch.journalLimit + 1 })
        let beginnings = lines.all.map { $0.prefix(38) }
        #expect(
            beginnings == [
                "error: The event log can't be read: st", "warning: The event log can be read aga",
                "warning: Publishers are faster than th", "warning: The event log's disk keeps up",
                "warning: The event log's journal grows",
            ])
        #expect(registry.render().contains("sluice_log_wal_bytes \(LogWatch.journalLimit + 1)\n"))
    }

    @Test func aForgottenReaderIsOneLineWithItsNameAndSoIsItsEnd() {
        for seconds in [0, 29, 30, 31, 900, 0] { watch.report(Self.health { $0.journalHeldSeconds = seconds }) }
        #expect(
            lines.all.map {
                $0.replacing("End that program (`lsof` finds it), or the journal fills the disk. ", with: "")
            }
                == [
                    "warning: The event log's journal grows: another program reads the log's file and does not end. bytes=0 readers=sqlite3 (process 7) seconds=30",
                    "warning: The event log's journal begins anew again. bytes=0",
                ])
        watch.report(Self.health { $0.journalHeldSeconds = 5 })
        #expect(registry.render().contains("sluice_log_wal_held_seconds 5\n"))
    }

    @Test func probesAreRedForPublishingWhileNothingCanBePublished() {
        #expect(
            ["/readyz", "/readyz?for=publish", "/readyz?for=streams"].map(probe)
                == Array(repeating: "200 ready\n", count: 3))
        watch.report(Self.health { $0.failure = EventLogError(.moved, "events.db is gone.") })
        #expect(probe("/readyz") == "503 not ready: log-moved\n")
        #expect(probe("/readyz?for=publish") == "503 not ready: log-moved\n")
        #expect(probe("/readyz?for=streams") == "200 ready\n", "they resume from what the log has")
        #expect(registry.render().contains("sluice_log_available 0\n"))
        watch.report(LogHealth())
        #expect(probe("/readyz") == "200 ready\n")
        #expect(registry.render().contains("sluice_log_available 1\n"))
    }

    @Test func aDrainingGatewayIsRedForAll() {
        gatewayHealth.phase = .draining
        for path in ["/readyz", "/readyz?for=publish", "/readyz?for=streams"] {
            #expect(probe(path) == "503 not ready: draining\n")
        }
    }

    @Test(arguments: ["/readyz?for=", "/readyz?for=all", "/readyz?four=streams", "/readyz?for=streams&for=publish"])
    func aProbeForSomethingElseIsTold(path: String) { #expect(probe(path).hasPrefix("400 Ask /readyz")) }
}
