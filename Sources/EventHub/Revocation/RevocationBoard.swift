// Guards the list of revocations that the log's tail has told of: any thread asks it, with each request.

package import EventLog
internal import Synchronization

/// Whether a token is revoked. Costs one load while nothing is.
package final class RevocationBoard: Sendable {
    private let list: Mutex<RevocationList>
    /// How many there are, for whoever asks without the lock.
    private let size = Atomic(0)
    private let clock: @Sendable () -> WallTime

    /// - Parameter seconds: for how long they are kept; how many there are is the log's matter.
    init(keptFor seconds: Int64, clock: @escaping @Sendable () -> WallTime) {
        var settings = RevocationSettings(count: .max, bytes: .max)
        settings.seconds = seconds
        list = Mutex(RevocationList(settings))
        self.clock = clock
    }

    /// Whether a token is revoked.
    ///
    /// - Parameters:
    ///   - user: whose it is.
    ///   - tokenID: its `jti`.
    ///   - issuedAt: its `iat` in seconds, a fraction cut off.
    package func refuses(user: String, tokenID: String?, issuedAt: Int64?) -> Bool {
        guard size.load(ordering: .acquiring) > 0 else { return false }
        return change { $0.covers(user: user, tokenID: tokenID, issuedAt: issuedAt) }
    }

    /// How many are in force.
    package var count: Int { size.load(ordering: .acquiring) == 0 ? 0 : change { $0.count } }

    /// How many are in force, and what they are counted as, in bytes.
    package var tally: (count: Int, byteCount: Int) {
        size.load(ordering: .acquiring) == 0 ? (0, 0) : change { ($0.count, $0.byteCount) }
    }

    /// Some of those in force, the oldest first.
    package func page(after number: UInt64, limit: Int) -> [RevocationPageEntry] {
        change { list in
            list.page(after: number, limit: limit).map { number, revocation in
                RevocationPageEntry(number: number, revocation: revocation, endsAt: list.end(of: revocation))
            }
        }
    }

    func add(_ revocations: [Revocation]) {
        change { list in
            let now = clock()
            // There is no limit here that could stand against it.
            for revocation in revocations { _ = try? list.insert(revocation, now: now) }
        }
    }

    /// What has ended goes first.
    private func change<Result>(_ body: (inout RevocationList) -> Result) -> Result {
        let now = clock()
        return list.withLock { list in
            list.dropExpired(now)
            // Only when it is another one: a store takes the cache line from all that read it, with each request.
            defer {
                if size.load(ordering: .relaxed) != list.count { size.store(list.count, ordering: .releasing) }
            }
            return body(&list)
        }
    }
}

/// A revocation that is in force.
package struct RevocationPageEntry: Sendable, Equatable {
    /// Its place in the order.
    package let number: UInt64
    package let revocation: Revocation
    /// When it is kept no longer.
    package let endsAt: WallTime
}
