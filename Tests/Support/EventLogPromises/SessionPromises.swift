// Sessions that are kept for browsers: told to whoever follows the log, bounded for all and for each user, and gone
// with their end.

package import EventLog
internal import Synchronization

extension EventLogPromise {
    private static func session(_ number: UInt8, of user: String = "alice", until end: WallTime) -> KeptSession {
        .numbered(number, of: user, until: end)
    }

    private static func code(_ body: () async throws -> Void) async throws -> EventLogError.Code? {
        do {
            try await body()
            return nil
        } catch let error as EventLogError {
            return error.code
        }
    }

    private static func told(_ log: any EventLog) -> KeptSessions {
        let told = ToldSessions()
        log.follow(told.tail)
        return told.sessions
    }

    static let sessions = [
        EventLogPromise("the tail tells of a kept session before who asked for it hears") { factory in
            let clock = ManualClock()
            let log = try await factory(LogSettings(bytes: 1 << 20), clock).log
            let told = ToldSessions()
            log.follow(told.tail)
            try expect(told.sessions.count, is: 0, "none at first")
            let hers = session(1, of: "'; DROP TABLE kept_session; --", until: clock.now.adding(seconds: 60))
            try await log.record(.signIn(hers.user, keeping: hers, inPlaceOf: []))
            try expect(told.sessions.all, is: [hers], "told")
            try await log.record(.signOut([hers.name, session(9, until: clock.now).name]))
            try expect(told.sessions.all, is: [], "signed out")
            try expect(log.head, is: 0, "it is no event")
        },
        EventLogPromise("who follows later is told of the sessions that are kept") { factory in
            let clock = ManualClock()
            let log = try await factory(LogSettings(bytes: 1 << 20), clock).log
            let all = [1, 2].map { session($0, until: clock.now.adding(seconds: Int64($0))) }
            for one in all { try await log.record(.signIn("alice", keeping: one, inPlaceOf: [])) }
            try expect(told(log).all, is: all, "kept")
        },
        EventLogPromise("another session for a browser ends its former one, after what it has sent") { factory in
            let clock = ManualClock()
            let log = try await factory(LogSettings(bytes: 1 << 20), clock).log
            let told = ToldSessions()
            log.follow(told.tail)
            let end = clock.now.adding(seconds: 3600)
            let (former, bobs) = (session(1, until: end), session(2, of: "bob", until: end))
            for one in [former, bobs] { try await log.record(.signIn(one.user, keeping: one, inPlaceOf: [])) }
            try await log.record(
                .signIn("alice", keeping: session(3, until: end), inPlaceOf: [former.name, bobs.name]))
            let soon = clock.now.adding(seconds: KeptSessions.graceSeconds)
            try expect(told.sessions.session(named: former.name, now: clock.now)?.endsAt, is: soon, "her former one")
            try expect(told.sessions.session(named: bobs.name, now: clock.now), is: nil, "another user's")
            clock.advance(seconds: KeptSessions.graceSeconds)
            try expect(told.sessions.session(named: former.name, now: clock.now), is: nil, "later")
        },
        EventLogPromise("one session more than there is room for is refused, and changes nothing") { factory in
            let clock = ManualClock()
            let end = clock.now.adding(seconds: 60)
            let all = (1...4).map { session($0, of: "user \($0)", until: end) }
            let settings = SessionSettings(bytes: 4 * all[0].cost + all[0].cost / 2)
            let log = try await factory(LogSettings(bytes: 1 << 20, sessions: settings), clock).log
            for one in all { try await log.record(.signIn(one.user, keeping: one, inPlaceOf: [])) }
            let fifth = session(5, of: "mallory", until: end)
            let refused = try await code {
                try await log.record(.signIn("mallory", keeping: fifth, inPlaceOf: []))
            }
            try expect(refused, is: .sessionsFull, "a fifth")
            clock.advance(seconds: 60)
            let later = session(5, of: "mallory", until: clock.now.adding(seconds: 60))
            try await log.record(.signIn("mallory", keeping: later, inPlaceOf: []))
            try expect(told(log).all, is: [later], "when the others have ended")
        },
        EventLogPromise("a user with too many sessions loses the own one that ends first") { factory in
            let clock = ManualClock()
            let settings = LogSettings(bytes: 1 << 20, sessions: SessionSettings(perUser: 2))
            let log = try await factory(settings, clock).log
            let his = session(9, of: "bob", until: clock.now.adding(seconds: 1))
            let hers = [30, 20, 10].map { session(UInt8($0), until: clock.now.adding(seconds: $0)) }
            for one in [his] + hers { try await log.record(.signIn(one.user, keeping: one, inPlaceOf: [])) }
            try expect(told(log).all, is: [his, hers[2], hers[0]], "kept")
        },
    ]
}

extension KeptSession {
    /// One that a test can tell from others.
    package static func numbered(
        _ number: UInt8, of user: String = "alice", until end: WallTime, contentBytes: Int = 3
    ) -> KeptSession {
        guard let name = Name(digest: [UInt8](repeating: number, count: 32)) else { preconditionFailure("32 bytes") }
        return KeptSession(
            name: name, user: user, endsAt: end, content: [UInt8](repeating: number, count: contentBytes))
    }
}

extension EventLog {
    /// Keeps a session, or lets go of some, and waits for the answer.
    package func record(_ order: SessionOrder) async throws {
        try await withCheckedThrowingContinuation { continuation in
            record(order) { continuation.resume(with: $0) }
        }
    }
}

/// The sessions that a tail was told of.
package final class ToldSessions: Sendable {
    private let state = Mutex(KeptSessions(SessionSettings(bytes: .max, perUser: .max)))

    package init() {}

    package var sessions: KeptSessions { state.withLock { $0 } }

    package var tail: Tail {
        Tail { element in
            if case .sessions(let change) = element { self.state.withLock { $0.apply(change) } }
        }
    }
}
