// Tokens that are good no more: told to whoever follows the log, bounded, and kept for as long as they could live.

package import EventLog
internal import Synchronization

extension EventLogPromise {
    private static let start = ManualClock().now.milliseconds / 1000

    private static func revocation(
        _ target: Revocation.Target, before second: Int64 = start, at clock: ManualClock
    ) -> Revocation {
        Revocation(target, issuedBefore: second, madeAt: clock.now)
    }

    private static func code(_ body: () async throws -> Void) async throws -> EventLogError.Code? {
        do {
            try await body()
            return nil
        } catch let error as EventLogError {
            return error.code
        }
    }

    static let revocations = [
        EventLogPromise("the tail tells of a revocation before who asked for it hears, in order") { factory in
            let clock = ManualClock()
            let log = try await factory(LogSettings(bytes: 1 << 20), clock).log
            let told = ToldRevocations()
            log.follow(told.tail)
            try expect(told.all, is: [], "nothing is revoked at first")
            let all = [
                revocation(.user("alice"), at: clock), revocation(.token("'; DROP TABLE revocation; --"), at: clock),
                revocation(.everyone, before: 7, at: clock), revocation(.user(""), before: 0, at: clock),
            ]
            for (number, one) in all.enumerated() {
                try await log.revoke(one)
                try expect(told.all, is: Array(all.prefix(number + 1)), "told")
            }
            try expect(log.head, is: 0, "it is no event")
        },
        EventLogPromise("who follows later is told what is in force, and of one target one") { factory in
            let clock = ManualClock()
            let log = try await factory(LogSettings(bytes: 1 << 20), clock).log
            let (first, second) = (
                revocation(.user("alice"), before: 50, at: clock), revocation(.token("t"), at: clock)
            )
            try await log.revoke(first)
            try await log.revoke(second)
            clock.advance(seconds: 5)
            try await log.revoke(revocation(.user("alice"), before: 40, at: clock))
            let told = ToldRevocations()
            log.follow(told.tail)
            let joined = Revocation(.user("alice"), issuedBefore: 50, madeAt: clock.now)
            try expect(told.all, is: [second, joined], "in force")
            try expect(told.isEpochFirst, "the epoch is told first")
        },
        EventLogPromise("what everyone's includes goes, and no more") { factory in
            let clock = ManualClock()
            let log = try await factory(LogSettings(bytes: 1 << 20), clock).log
            let kept = [
                revocation(.user("bob"), before: start + 401, at: clock),
                Revocation(.token("new"), issuedBefore: 0, madeAt: clock.now.adding(seconds: 100)),
            ]
            for one in [revocation(.user("alice"), at: clock), revocation(.token("old"), at: clock)] + kept {
                try await log.revoke(one)
            }
            let everyone = revocation(.everyone, before: start + 400, at: clock)
            try await log.revoke(everyone)
            let told = ToldRevocations()
            log.follow(told.tail)
            try expect(told.all, is: kept + [everyone], "in force")
        },
        EventLogPromise("one more than there may be is refused, and changes nothing") { factory in
            let clock = ManualClock()
            let settings = LogSettings(bytes: 1 << 20, revocations: RevocationSettings(count: 2))
            let log = try await factory(settings, clock).log
            let kept = [revocation(.user("alice"), at: clock), revocation(.user("bob"), at: clock)]
            for one in kept { try await log.revoke(one) }
            let refused = revocation(.user("carol"), at: clock)
            try expect(try await code { try await log.revoke(refused) }, is: .revocationsFull, "a third")
            try await log.revoke(kept[0])
            let told = ToldRevocations()
            log.follow(told.tail)
            try expect(told.all, is: kept.reversed(), "in force")
        },
        EventLogPromise("they count in bytes, too") { factory in
            let clock = ManualClock()
            let one = revocation(.user(String(repeating: "a", count: 200)), at: clock)
            let settings = LogSettings(bytes: 1 << 20, revocations: RevocationSettings(bytes: one.cost))
            let log = try await factory(settings, clock).log
            try await log.revoke(one)
            try expect(
                try await code { try await log.revoke(revocation(.token("t"), at: clock)) }, is: .revocationsFull,
                "more")
        },
        EventLogPromise("one is kept as long as such a token can live, and makes room then") { factory in
            let clock = ManualClock()
            let settings = LogSettings(bytes: 1 << 20, revocations: RevocationSettings(count: 1, lifetimeSeconds: 60))
            let log = try await factory(settings, clock).log
            try await log.revoke(revocation(.token("t"), at: clock))
            let lifetime = 60 + 2 * Revocation.clockSkewSeconds
            clock.advance(milliseconds: lifetime * 1000 - 1)
            let other = revocation(.user("alice"), before: start, at: clock)
            try expect(try await code { try await log.revoke(other) }, is: .revocationsFull, "before its end")
            clock.advance(milliseconds: 1)
            try await log.revoke(other)
            let told = ToldRevocations()
            log.follow(told.tail)
            try expect(told.all, is: [other], "in force")
        },
    ]
}

extension EventLog {
    /// Revokes and waits for the answer.
    package func revoke(_ revocation: Revocation) async throws {
        try await withCheckedThrowingContinuation { continuation in
            revoke(revocation) { continuation.resume(with: $0) }
        }
    }
}

/// The revocations that a tail was told of, in its order.
package final class ToldRevocations: Sendable {
    private struct State {
        var all: [Revocation] = []
        var elements = 0
        var isEpochFirst = false
    }

    private let state = Mutex(State())

    package init() {}

    package var all: [Revocation] { state.withLock { $0.all } }
    package var isEpochFirst: Bool { state.withLock { $0.isEpochFirst } }

    package var tail: Tail {
        Tail { element in
            self.state.withLock { state in
                if case .epochBegan = element, state.elements == 0 { state.isEpochFirst = true }
                if case .revoked(let revocations, _) = element { state.all += revocations }
                state.elements += 1
            }
        }
    }
}
