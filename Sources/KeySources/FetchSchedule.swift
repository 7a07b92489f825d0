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
        /// It waits for the fetch that is under way, or about to begin.
        case wait
        /// Fetch the keys now; it waits for that.
        case fetch
        /// There is no such key: a fetch that was made for it has not brought it.
        case unknown
        /// Nobody can say at present; it is worth asking again after this time.
        case unavailable(Duration)
    }

    package var rules: FetchRules
    private var isFetching = false
    private var lastBegin: Instant?
    /// When the next fetch is due.
    private var due: Instant
    /// Fetches that have failed since the last good one.
    private var failures = 0
    /// Until when the keys serve; nothing when there are none.
    private var usableUntil: Instant?
    /// The keys that those who wait have asked for.
    private var sought: Set<String> = []
    /// The keys that the last fetch was to bring, and did not.
    private var absent: Set<String> = []

    /// - Parameter now: the first fetch is due at once.
    package init(_ rules: FetchRules, at now: Instant) {
        self.rules = rules
        due = now
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
        lastBegin = now
    }

    // MARK: Requests

    /// A token names a key that is not there.
    ///
    /// - Parameter keyID: its name; nothing when the token names none.
    package mutating func misses(_ keyID: String?, at now: Instant) -> Outlook {
        if isFetching { return wait(for: keyID) }
        let left = cooldownEnd.map { $0 - now } ?? .zero
        if left <= .zero {
            begin(at: now)
            _ = wait(for: keyID)
            return .fetch
        }
        // Of tokens without a name for their key, nobody can say that theirs does not exist.
        let isAbsent = keyID.map(absent.contains) ?? false
        // Keys that a provider has made meanwhile can't be told from keys that it has never had.
        guard hasKeys, failures == 0, left <= FetchRules.patience else {
            return isAbsent && failures == 0 && hasKeys ? .unknown : .unavailable(left)
        }
        guard !isAbsent else { return .unknown }
        due = min(due, now + left)
        return wait(for: keyID)
    }

    private mutating func wait(for keyID: String?) -> Outlook {
        if let keyID { sought.insert(keyID) }
        return .wait
    }

    /// A request has waited, and its token's key is still not there.
    package func afterWaiting(at now: Instant) -> Outlook {
        guard hasKeys, failures == 0, !isFetching else {
            return .unavailable(max(.seconds(1), nextFetch - now))
        }
        return .unknown
    }

    // MARK: Fetches

    /// The keys are here.
    ///
    /// - Parameters:
    ///   - maxAge: for how long they are fresh, as the provider says (RFC 9111 §5.2.2.1).
    ///   - chance: from 0 to 1. Nodes that were started together do not ask together for ever.
    package mutating func succeeded(maxAge: Duration?, at now: Instant, chance: Double) {
        let asked = maxAge ?? FetchRules.usualRefresh
        let refresh = min(max(asked, FetchRules.shortestRefresh), FetchRules.longestRefresh)
        isFetching = false
        failures = 0
        due = now + refresh * (1 - 0.1 * chance)
        usableUntil = now + refresh + rules.staleLimit
        absent = sought
        sought = []
    }

    /// The fetch has failed. What was fetched before serves on for a while.
    package mutating func failed(at now: Instant, chance: Double) {
        isFetching = false
        failures += 1
        let doubled = rules.cooldown * (1 << min(failures - 1, 10))
        due = now + max(rules.cooldown, min(doubled, FetchRules.longestBackoff)) * (1 + 0.5 * chance)
        sought = []
    }
}
