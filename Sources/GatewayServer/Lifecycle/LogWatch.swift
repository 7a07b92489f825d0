// Tells the operator how the event log is: one line for each change, the metrics, and what the probes say.

internal import EventLog
internal import Logging
internal import Synchronization

/// Takes a log's reports. Called on any thread.
final class LogWatch: Sendable {
    /// A larger journal, in bytes, is worth a line: another program reads it and does not release it.
    static let journalLimit = 128 << 20
    /// A journal that the same reader has kept for so many seconds is worth one, too.
    static let holdLimit = 30

    private let logger: Logger
    private let metrics: LogMetrics
    private let gatewayHealth: Health
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let readers: @Sendable () -> [PortHolder]
    private let reporters = Mutex(Reporters())

    private struct Reporters {
        var writing = ChangeReporter<EventLogError.Code?>(nil)
        var reading = ChangeReporter<EventLogError.Code?>(nil)
        var state = ChangeReporter<EventLogError.Code?>(nil)
        var contact = ChangeReporter(false)
        var backlog = ChangeReporter(false)
        var journal = ChangeReporter(false)
    }

    /// - Parameter readers: finds the other programs that read the log's file.
    init(
        logger: Logger, metrics: LogMetrics, health: Health,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        readers: @escaping @Sendable () -> [PortHolder] = { [] }
    ) {
        self.readers = readers
        self.logger = logger
        self.metrics = metrics
        gatewayHealth = health
        self.clock = clock
    }

    func report(_ health: LogHealth) {
        gatewayHealth.publishFailure = health.failure?.code.name
        gatewayHealth.isStateLost = health.stateFailure != nil
        metrics.stateAvailable.set(Int64(health.stateFailure == nil ? 1 : 0))
        metrics.available.set(Int64(health.failure == nil ? 1 : 0))
        metrics.current.set(Int64(health.cutOffSince == nil ? 1 : 0))
        metrics.journalBytes.set(Int64(health.journalBytes))
        metrics.journalHeldSeconds.set(Int64(health.journalHeldSeconds))
        let now = clock()
        reporters.withLock { reporters in
            tellOfWriting(health, reporters.writing.line(for: health.failure?.code, at: now))
            tellOfReading(health, reporters.reading.line(for: health.readFailure?.code, at: now))
            tellOfState(health, reporters.state.line(for: health.stateFailure?.code, at: now))
            tellOfContact(health, reporters.contact.line(for: health.cutOffSince != nil, at: now))
            tellOfBacklog(reporters.backlog.line(for: health.isBusy, at: now))
            let isKept = health.journalBytes > Self.journalLimit || health.journalHeldSeconds >= Self.holdLimit
            tellOfJournal(health, reporters.journal.line(for: isKept, at: now))
        }
    }

    private func tellOfWriting(_ health: LogHealth, _ line: ChangeReporter<EventLogError.Code?>.Line?) {
        guard let line else { return }
        guard let failure = health.failure else {
            logger.warning("The event log takes events again.", metadata: Self.metadata(line.passedOver))
            return
        }
        logger.error(
            "The event log takes no events: publishers get 503.", metadata: Self.metadata(line.passedOver, failure))
    }

    private func tellOfReading(_ health: LogHealth, _ line: ChangeReporter<EventLogError.Code?>.Line?) {
        guard let line else { return }
        guard let failure = health.readFailure else {
            logger.warning("The event log can be read again.", metadata: Self.metadata(line.passedOver))
            return
        }
        logger.error(
            "The event log can't be read: streams that need past events wait, and it is tried again.",
            metadata: Self.metadata(line.passedOver, failure))
    }

    private func tellOfState(_ health: LogHealth, _ line: ChangeReporter<EventLogError.Code?>.Line?) {
        guard let line else { return }
        guard let failure = health.stateFailure else {
            logger.warning("Users can be revoked and signed out again.", metadata: Self.metadata(line.passedOver))
            return
        }
        logger.error(
            "Nobody can be revoked or signed out: the log has lost what it keeps of that.",
            metadata: Self.metadata(line.passedOver, failure))
    }

    private func tellOfContact(_ health: LogHealth, _ line: ChangeReporter<Bool>.Line?) {
        guard let line else { return }
        var metadata = Self.metadata(line.passedOver)
        metadata["since"] = health.cutOffSince.map { "\($0)" }
        logger.notice(
            line.state
                ? "The gateway is cut off from its event log: streams are told that they are delayed."
                : "The gateway is in contact with its event log again: streams are told that they are current.",
            metadata: metadata)
    }

    private func tellOfBacklog(_ line: ChangeReporter<Bool>.Line?) {
        guard let line else { return }
        logger.warning(
            line.state
                ? "Publishers are faster than the event log's disk: some get 503 (log-busy)."
                : "The event log's disk keeps up with publishers again.",
            metadata: Self.metadata(line.passedOver))
    }

    private func tellOfJournal(_ health: LogHealth, _ line: ChangeReporter<Bool>.Line?) {
        guard let line else { return }
        var metadata = Self.metadata(line.passedOver)
        metadata["bytes"] = "\(health.journalBytes)"
        guard line.state else {
            logger.warning("The event log's journal begins anew again.", metadata: metadata)
            return
        }
        metadata["seconds"] = "\(health.journalHeldSeconds)"
        let readers = readers()
        if !readers.isEmpty { metadata["readers"] = "\(readers.map(\.description).joined(separator: ", "))" }
        logger.warning(
            "The event log's journal grows: another program reads the log's file and does not end. End that program (`lsof` finds it), or the journal fills the disk.",
            metadata: metadata)
    }

    private static func metadata(_ passedOver: Int, _ failure: EventLogError? = nil) -> Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        if let failure {
            metadata["reason"] = "\(failure.code.name)"
            metadata["cause"] = "\(failure.message)"
        }
        if passedOver > 0 { metadata["changes_not_told"] = "\(passedOver)" }
        return metadata
    }
}
