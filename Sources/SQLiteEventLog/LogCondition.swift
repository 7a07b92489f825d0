// The log's present health, by what last happened to it, and who is told of each change. Whoever holds this holds its
// lock, so reports come in order.

internal import EventLog

/// The health of a log over time.
struct LogCondition {
    private(set) var health = LogHealth()
    private var report: @Sendable (LogHealth) -> Void = { _ in }
    private var tell: @Sendable (TailElement) -> Void = { _ in }
    private let clock: @Sendable () -> WallTime

    init(clock: @escaping @Sendable () -> WallTime) { self.clock = clock }

    /// - Parameter tell: called when the file is lost, and when it is there again; at once when it is lost already.
    mutating func follow(_ tell: @escaping @Sendable (TailElement) -> Void) {
        self.tell = tell
        if let since = health.cutOffSince { tell(.interrupted(since: since)) }
    }

    mutating func watch(_ report: @escaping @Sendable (LogHealth) -> Void) {
        self.report = report
        report(health)
    }

    /// A commit, or a trial of one, has succeeded, and its file is still in its place.
    mutating func wrote() {
        guard health.failure != nil else { return }
        health.failure = nil
        health.cutOffSince = nil
        report(health)
        tell(.resumed)
    }

    mutating func failed(_ failure: EventLogError) {
        guard failure.code != .closed, health.failure?.code != failure.code else { return }
        health.failure = failure
        let isNew = health.cutOffSince == nil
        if isNew { health.cutOffSince = clock() }
        report(health)
        if isNew, let since = health.cutOffSince { tell(.interrupted(since: since)) }
    }

    mutating func hasRead(_ step: Result<ReplayStep, EventLogError>) {
        let failure: EventLogError? = if case .failure(let error) = step { error } else { nil }
        guard failure?.code != health.readFailure?.code else { return }
        health.readFailure = failure
        report(health)
    }

    mutating func becameBusy(_ isBusy: Bool) {
        guard health.isBusy != isBusy else { return }
        health.isBusy = isBusy
        report(health)
    }

    /// Somebody looked; tells of it even when nothing has changed.
    mutating func looked(journalBytes: Int, heldSeconds: Int) {
        health.journalBytes = journalBytes
        health.journalHeldSeconds = heldSeconds
        report(health)
    }
}
