// The revocations that are in force. A value, told the time: engines keep one, and so does whoever judges tokens.

/// Revocations by their targets, bounded, each kept for as long as a token that it revokes could live.
package struct RevocationList: Sendable {
    private struct Entry: Sendable {
        let revocation: Revocation
        let number: UInt64
    }

    private var entries: [Revocation.Target: Entry] = [:]
    private var order = ArrivalOrder<Revocation.Target>()
    /// What they are counted as, in bytes.
    package private(set) var byteCount = 0
    private let settings: RevocationSettings

    /// - Parameter known: what was in force before, the oldest first: it stays, however much there may be today.
    package init(_ settings: RevocationSettings, known: [Revocation] = []) {
        self.settings = settings
        for revocation in known { add(revocation) }
    }

    package var count: Int { entries.count }

    /// Whether there is one of a target.
    package func contains(_ target: Revocation.Target) -> Bool { entries[target] != nil }

    /// Puts one in. Two of one target become one that revokes what either does; what everyone's includes goes.
    ///
    /// - Throws: ``EventLogError/Code/revocationsFull`` when there is no room for another target. What is in force is
    ///   then what was.
    @discardableResult
    package mutating func insert(_ revocation: Revocation, now: WallTime) throws(EventLogError) -> RevocationChange {
        let change = try change(for: revocation, now: now)
        apply(change)
        return change
    }

    /// What putting one in would do, for whoever has to do it elsewhere first. It copies nothing.
    ///
    /// - Throws: as ``insert(_:now:)`` does.
    package func change(for revocation: Revocation, now: WallTime) throws(EventLogError) -> RevocationChange {
        var (change, left) = (RevocationChange(added: revocation, removed: []), (count: count, bytes: byteCount))
        func remove(_ gone: Revocation) {
            change.removed.append(gone.target)
            left = (left.count - 1, left.bytes - gone.cost)
        }
        for gone in expired(now) where gone.target != revocation.target { remove(gone) }
        if revocation.target == .everyone {
            let ended = Set(change.removed)
            for gone in entries.values.map(\.revocation)
            where revocation.includes(gone) && gone.target != .everyone && !ended.contains(gone.target) {
                remove(gone)
            }
        }
        if let earlier = entries[revocation.target]?.revocation {
            remove(earlier)
            if now < end(of: earlier) { change.added = earlier.joined(with: revocation) }
        }
        guard entries[revocation.target] == nil,
            !settings.hasRoom(count: left.count, byteCount: left.bytes, for: revocation)
        else { return change }
        throw .revocationsFull(settings)
    }

    /// Does what ``change(for:now:)`` said of this list.
    package mutating func apply(_ change: RevocationChange) {
        for target in change.removed {
            if let entry = entries[target] { remove(entry) }
        }
        add(change.added)
    }

    /// Puts in one that is in force already, by another's word: it has its place, however many there are.
    package mutating func take(_ revocation: Revocation, now: WallTime) {
        guard now < end(of: revocation) else { return }
        do throws(EventLogError) {
            try insert(revocation, now: now)
        } catch {
            add(revocation)
        }
    }

    private mutating func add(_ revocation: Revocation) {
        entries[revocation.target] = Entry(revocation: revocation, number: order.append(revocation.target))
        byteCount += revocation.cost
    }

    private mutating func remove(_ entry: Entry) {
        entries[entry.revocation.target] = nil
        order.remove(entry.number)
        byteCount -= entry.revocation.cost
    }

    /// Lets go of what revokes no living token any more, in the order in which they came: one that ends sooner than one
    /// before it waits for that.
    @discardableResult
    package mutating func dropExpired(_ now: WallTime) -> [Revocation.Target] {
        let expired = expired(now).map(\.target)
        for target in expired {
            if let entry = entries[target] { remove(entry) }
        }
        return expired
    }

    private func expired(_ now: WallTime) -> [Revocation] {
        var (expired, last): ([Revocation], UInt64) = ([], 0)
        while true {
            // One look where nothing has ended, which is nearly always.
            let page = page(after: last, limit: expired.isEmpty ? 1 : 64)
            guard !page.isEmpty else { return expired }
            for (number, revocation) in page {
                guard end(of: revocation) <= now else { return expired }
                expired.append(revocation)
                last = number
            }
        }
    }

    /// Whether a token is revoked.
    ///
    /// - Parameters:
    ///   - user: whose it is.
    ///   - tokenID: its `jti`.
    ///   - issuedAt: its `iat` in seconds, a fraction cut off.
    package func covers(user: String, tokenID: String?, issuedAt: Int64?) -> Bool {
        if let tokenID, entries[.token(tokenID)] != nil { return true }
        return entries[.user(user)]?.revocation.covers(issuedAt: issuedAt) ?? false
            || entries[.everyone]?.revocation.covers(issuedAt: issuedAt) ?? false
    }

    /// Some of them, the oldest first.
    ///
    /// - Parameters:
    ///   - number: where the page before ended; 0 for the first.
    ///   - limit: how many there may be.
    /// - Returns: each with its number in the order.
    package func page(after number: UInt64, limit: Int) -> [(number: UInt64, revocation: Revocation)] {
        order.page(after: number, limit: limit).compactMap { number, target in
            entries[target].map { (number, $0.revocation) }
        }
    }

    /// All, the oldest first.
    package var all: [Revocation] { page(after: 0, limit: count).map(\.revocation) }

    /// When one is kept no longer.
    package func end(of revocation: Revocation) -> WallTime { revocation.end(keptFor: settings.seconds) }
}

/// What became of a list, for whoever keeps it elsewhere too.
package struct RevocationChange: Sendable, Equatable {
    /// The one that is new, or new for its target.
    package var added: Revocation
    /// What was there before and went, the former one of the same target included.
    package var removed: [Revocation.Target]
}

/// How many revocations there may be, and for how long each is kept.
package struct RevocationSettings: Sendable, Equatable {
    /// How many.
    package var count: Int
    /// How many bytes they may count for, each at its ``Revocation/cost``.
    package var bytes: Int
    /// How long a token may live, and what clocks may differ, in seconds.
    package var seconds: Int64

    /// - Parameter seconds: how long a token may live. What clocks may differ is added: a token may be issued a little
    ///   behind its revocation by our clock, and be let in a little behind its end.
    package init(count: Int = 50_000, bytes: Int = 32 << 20, lifetimeSeconds seconds: Int64 = 400 * 24 * 3600) {
        self.count = count
        self.bytes = bytes
        self.seconds = seconds + 2 * Revocation.clockSkewSeconds
    }

    /// Whether there is room for one more.
    package func hasRoom(count: Int, byteCount: Int, for revocation: Revocation) -> Bool {
        count < self.count && byteCount + revocation.cost <= bytes
    }
}
