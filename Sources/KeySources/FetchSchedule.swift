// When the keys of one issuer are fetched, and what becomes of a token whose key is not there. A value: time and chance
// are passed in, and each event returns what to do.

/// One issuer's keys over time: fetched at the start, refreshed as the provider says, served on while it is away.
package struct FetchSchedule: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// What time brings.
    package enum Action: Equatable, Sendable {
        case nothing
        /// Fetch the keys now, and report by ``succeeded(maxAge:at:chance:)`` or ``failed(at:chance:)``.
        case fetch
        /// The provider has been away for too long: its keys count no more.
        case forget
    }

    /// What becomes of a request whose token names a key that is not there.
    package enum Outlook: Equatable, Sendable {
        /// It waits for the next fetch; or for the one that is under way, should that bring its key.
        case wait
        /// Fetch the keys now; it waits for that.
        case fetch
        /// There is no such key: a fetch that began behind the request has not brought it.
        case unknown
        /// Nobody can say at present; it is worth asking again after this time.
        case unavailable(Duration)
    }

    package var rules: FetchRules
    /// How many fetches have begun. That is the number of the last one.
    private(set) var begun: UInt64 = 0
    private var isFetching = false
    private var lastBegin: Instant?
    /// When the last good fetch was over.
    private var lastEnd: Instant?
    /// When the next fetch is due.
    private var due: Instant
    /// Fetches that have failed since the last good one.
    private var failures = 0
    /// Until when the keys serve; nothing when there are none.
    private var usableUntil: Instant?
    /// The keys of those who were told by the last fetch, although it had begun before they came. There are as many as
    /// requests may wait.
    private var undecided: Set<String?> = []

    /// - Parameter now: the first fetch is due at once.
    package init(_ rules: FetchRules, at now: Instant) {
        self.rules = rules
        due = now
    }

    /// Has the keys of a former source for a moment. Further changes of the source do not make it longer.
    mutating func takeOver(_ former: FetchSchedule, at now: Instant) {
        usableUntil = former.usableUntil.map { min($0, now + FetchRules.takenOver) }
    }

    /// Whether there are keys that serve.
    package var hasKeys: Bool { usableUntil != nil }

    /// When the next fetch is due, at the earliest.
    var nextFetch: Instant { max(due, cooldownEnd ?? due) }

    private var cooldownEnd: Instant? { lastBegin.map { $0 + rules.cooldown } }

    // MARK: Time

    /// Looks what is due. Call it again until there is nothing.
    package mutating func look(at now: Instant) -> Action {
        if let end = usableUntil, now >= end {
            usableUntil = nil
            return .forget
        }
        guard !isFetching, now >= nextFetch else { return .nothing }
        begin(at: now)
        return .fetch
    }

    private mutating func begin(at now: Instant) {
        isFetching = true
        begun += 1
        lastBegin = now
    }

    // MARK: Requests

    /// A token names a key that is not there.
    ///
    /// Nobody is told at once that a key does not exist: its provider may have made it since the last fetch, whoever
    /// has named it before.
    package mutating func misses(at now: Instant) -> Outlook {
        if isFetching { return .wait }
        let left = cooldownLeft(at: now)
        if left <= .zero {
            begin(at: now)
            return .fetch
        }
        guard hasKeys, failures == 0 else { return .unavailable(left) }
        guard left <= FetchRules.patience else { return comesAgain(at: now) }
        due = min(due, now + left)
        return .wait
    }

    /// A request has waited, and its token's key is still not there.
    ///
    /// Requests are told as a fetch ends. One that comes later has not been told: its own time is over.
    package func afterWaiting(for keyID: String?, at now: Instant) -> Outlook {
        guard hasKeys, failures == 0 else { return .unavailable(max(.seconds(1), nextFetch - now)) }
        let isTold = lastEnd.map { now - $0 < FetchRules.judgedWithin } ?? false
        guard isTold, !isFetching, !undecided.contains(keyID) else { return comesAgain(at: now) }
        return .unknown
    }

    private func cooldownLeft(at now: Instant) -> Duration { cooldownEnd.map { $0 - now } ?? .zero }

    /// When the next fetch is so near that it can be waited for.
    private func comesAgain(at now: Instant) -> Outlook {
        .unavailable(max(.seconds(1), cooldownLeft(at: now) - FetchRules.patience / 2))
    }

    // MARK: Fetches

    /// The keys are here.
    ///
    /// - Parameters:
    ///   - maxAge: for how long they are fresh, as the provider says (RFC 9111 §5.2.2.1).
    ///   - chance: from 0 to 1. Nodes that were started together do not ask together for ever.
    ///   - isAwaited: whether there are requests that this fetch began too early for.
    ///   - undecided: the keys of those that are told all the same.
    package mutating func succeeded(
        maxAge: Duration?, at now: Instant, chance: Double, isAwaited: Bool = false, undecided: Set<String?> = []
    ) {
        let asked = maxAge ?? FetchRules.usualRefresh
        let refresh = min(max(asked, FetchRules.shortestRefresh), FetchRules.longestRefresh)
        isFetching = false
        failures = 0
        due = now + refresh * (1 - 0.1 * chance)
        if isAwaited { due = min(due, now + max(.zero, cooldownLeft(at: now))) }
        usableUntil = now + refresh + rules.staleLimit
        lastEnd = now
        self.undecided = undecided
    }

    /// The fetch has failed. What was fetched before serves on for a while.
    package mutating func failed(at now: Instant, chance: Double) {
        isFetching = false
        failures += 1
        let doubled = rules.cooldown * (1 << min(failures - 1, 10))
        due = now + max(rules.cooldown, min(doubled, FetchRules.longestBackoff)) * (1 + 0.5 * chance)
    }
}
