// What every event log promises, told once and run against each engine. An engine's own matters (its file, its limits)
// are its own tests'.

package import EventLog

/// One promise of ``EventLog``, and how to see that it is kept.
package struct EventLogPromise: Sendable, CustomStringConvertible {
    /// The promise, as a sentence.
    package let description: String
    private let check: @Sendable (LogFactory) async throws -> Void

    init(_ description: String, _ check: @escaping @Sendable (LogFactory) async throws -> Void) {
        self.description = description
        self.check = check
    }

    /// Tries the promise on logs of the factory's.
    ///
    /// - Throws: ``BrokenPromise``, or what the log gave.
    package func check(_ factory: LogFactory) async throws { try await check(factory) }

    /// All of them.
    package static let all =
        order + reading + replay + retention + shares + keys + content + revocations + sessions
}

/// Makes an empty log with the limits and the clock given.
package typealias LogFactory = @Sendable (LogSettings, ManualClock) async throws -> LogUnderTest

/// A log, and a way to have it do now what it does in the background.
package struct LogUnderTest: Sendable {
    package let log: any EventLog
    /// Returns when all that is held too long is gone.
    package let settle: @Sendable () async -> Void

    package init(_ log: any EventLog, settle: @escaping @Sendable () async -> Void) {
        self.log = log
        self.settle = settle
    }
}

/// A promise that was not kept.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String
}

/// Throws where a promise is not kept.
func expect(_ isKept: Bool, _ sentence: @autoclosure () -> String) throws {
    guard !isKept else { return }
    throw BrokenPromise(description: sentence())
}

/// Throws where two values are not the same.
func expect<Value: Equatable>(_ found: Value, is expected: Value, _ what: @autoclosure () -> String) throws {
    try expect(found == expected, "\(what()): \(found), not \(expected)")
}
