// The level of the process's log, which a reload may change: every logger asks it for each line.

package import Logging
internal import Synchronization

/// The least severe level that is written, now.
package final class LogLevel: Sendable {
    private let index: Atomic<Int>
    private static let levels = Logger.Level.allCases

    package init(_ level: Logger.Level) { index = Atomic(Self.index(of: level)) }

    package var level: Logger.Level { Self.levels[index.load(ordering: .relaxed)] }

    func set(_ level: Logger.Level) { index.store(Self.index(of: level), ordering: .relaxed) }

    private static func index(of level: Logger.Level) -> Int { levels.firstIndex(of: level) ?? 0 }
}

/// Writes what a handler writes, from the process's level on.
package struct LevelledLogHandler: LogHandler {
    private var handler: any LogHandler
    private let shared: LogLevel
    /// For a logger that is to say less than the others.
    private var own: Logger.Level?

    /// - Parameters:
    ///   - handler: writes.
    ///   - level: from which level on.
    package init(_ handler: any LogHandler, level: LogLevel) {
        self.handler = handler
        shared = level
    }

    package var logLevel: Logger.Level {
        get { max(own ?? .trace, shared.level) }
        set { own = newValue }
    }

    package var metadata: Logger.Metadata {
        get { handler.metadata }
        set { handler.metadata = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { handler[metadataKey: key] }
        set { handler[metadataKey: key] = newValue }
    }

    package func log(event: LogEvent) {
        var handler = handler
        handler.logLevel = .trace
        handler.log(event: event)
    }
}
