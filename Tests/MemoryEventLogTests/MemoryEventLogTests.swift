import EventLog
import EventLogPromises
import Testing

@testable import MemoryEventLog

/// The log in memory, by the promises of all logs.
@Suite struct MemoryEventLogTests {
    private static let factory: LogFactory = { settings, clock in
        var random = SystemRandomNumberGenerator()
        let log = MemoryEventLog(epoch: .fresh(using: &random), settings: settings) { clock.now }
        // What is too old goes when somebody asks.
        return LogUnderTest(log) { _ = try? await log.read(after: 0) }
    }

    @Test(arguments: EventLogPromise.all)
    func `the log in memory keeps its promise:`(_ promise: EventLogPromise) async throws {
        try await promise.check(Self.factory)
    }
}
