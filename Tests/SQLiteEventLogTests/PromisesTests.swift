import EventLog
import EventLogPromises
import Testing

@testable import SQLiteEventLog

/// The log in a file, by the promises of all logs.
@Suite struct PromisesTests {
    /// A log that answers from memory what it can, and one that holds only the newest event there.
    private static let caches = [8 << 20, 1]

    @Test(arguments: EventLogPromise.all, caches)
    func `the log in a file keeps its promise:`(_ promise: EventLogPromise, cacheBytes: Int) async throws {
        try await TemporaryLogs.with { logs in
            try await promise.check { settings, clock in
                let log = try logs.open(
                    logs.newPath(), settings, SQLiteLogSettings.forTests(cacheBytes: cacheBytes), clock)
                return LogUnderTest(log) { await log.upkeep() }
            }
        }
    }
}
