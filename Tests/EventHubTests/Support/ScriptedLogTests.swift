import EventLog
import EventLogPromises
import Testing

/// The log of the hub's tests, by the promises of all logs; and two front ends of one store.
@Suite struct ScriptedLogTests {
    private static func store(_ settings: LogSettings, _ clock: ManualClock) throws -> ScriptedStore {
        let epoch = try #require(Epoch("now"))
        return ScriptedStore(epoch: epoch, settings, isShared: true) { clock.now }
    }

    @Test(arguments: EventLogPromise.all)
    func `a scripted log keeps its promise:`(_ promise: EventLogPromise) async throws {
        try await promise.check { settings, clock in
            let log = try Self.store(settings, clock).front()
            return LogUnderTest(log) { _ = try? await log.read(after: 0) }
        }
    }
}
