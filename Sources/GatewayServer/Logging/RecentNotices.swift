// The last state changes and refusals, in memory: what a page shows to who looks at the gateway now. The log has more,
// and outlives the process.

internal import DequeModule
internal import EventLog
internal import Logging
internal import NIOCore
internal import Synchronization

/// The newest lines of two kinds, bounded. Called on any thread.
final class RecentNotices: Sendable {
    /// So many of each kind are kept.
    static let limit = 64
    /// So many refusals of one reason in ten seconds: a flood of one pushes out few of the others.
    static let perReason = 4

    /// One line.
    struct Notice: Sendable, Equatable {
        /// Counts from 1, over both kinds.
        let number: UInt64
        let time: WallTime
        let level: Logger.Level
        let message: String
        /// In the order of their names.
        let details: [Detail]
    }

    struct Detail: Sendable, Equatable {
        let name: String
        let value: String
    }

    private struct State {
        var number: UInt64 = 0
        var changes: Deque<Notice> = []
        var refusals: Deque<Notice> = []
        var quota = LineQuota(lines: RecentNotices.perReason)
    }

    private let state = Mutex(State())
    private let clock: @Sendable () -> WallTime

    init(clock: @escaping @Sendable () -> WallTime = WallTime.systemClock) { self.clock = clock }

    /// What was said at `notice` and above: state changes. The newest last.
    var changes: [Notice] { state.withLock { Array($0.changes) } }

    /// The newest last.
    var refusals: [Notice] { state.withLock { Array($0.refusals) } }

    func changed(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
        let details = Self.details(metadata)
        let time = clock()
        state.withLock { state in
            state.number += 1
            state.changes.append(
                Notice(number: state.number, time: time, level: level, message: message, details: details))
            if state.changes.count > Self.limit { state.changes.removeFirst() }
        }
    }

    /// - Parameters:
    ///   - cause: the user or the address that was refused.
    ///   - metadata: makes what is kept, when it is.
    func refused(
        _ code: String, by cause: @autoclosure () -> String? = nil, _ metadata: () -> Logger.Metadata
    ) {
        guard state.withLock({ $0.quota.rule(on: code, by: cause(), at: .now()) }) != .leaveOut else { return }
        let (details, time) = (Self.details(metadata()), clock())
        state.withLock { state in
            state.number += 1
            state.refusals.append(
                Notice(number: state.number, time: time, level: .info, message: "Refused.", details: details))
            if state.refusals.count > Self.limit { state.refusals.removeFirst() }
        }
    }

    private static func details(_ metadata: Logger.Metadata) -> [Detail] {
        metadata.map { Detail(name: $0.key, value: "\($0.value)") }.sorted { $0.name < $1.name }
    }

    /// A logger that says what another says, and has what it says at `notice` and above kept here.
    func keeping(_ logger: Logger) -> Logger {
        Logger(label: logger.label) { _ in KeepingLogHandler(logger.handler, recent: self) }
    }
}

/// Keeps state changes, whatever the level of the log, and passes on what that level lets through.
private struct KeepingLogHandler: LogHandler {
    private var handler: any LogHandler
    private let recent: RecentNotices

    init(_ handler: any LogHandler, recent: RecentNotices) { (self.handler, self.recent) = (handler, recent) }

    var logLevel: Logger.Level {
        get { min(handler.logLevel, .notice) }
        set { handler.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { handler.metadata }
        set { handler.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { handler[metadataKey: key] }
        set { handler[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        if event.level >= .notice { recent.changed(event.level, "\(event.message)", event.metadata ?? [:]) }
        if event.level >= handler.logLevel { handler.log(event: event) }
    }
}
