// Guards the sessions that the log's tail has told of: event loops ask it, with each request whose cookie holds a
// handle. It never waits for the log. On a shared one a session may be told of a little later than its cookie comes:
// whoever asks can have a callback then.

package import EventLog
internal import Synchronization

/// The sessions that are kept for browsers, as this node knows them.
package final class SessionBoard: Sendable {
    private struct State {
        var sessions = KeptSessions(SessionSettings(bytes: .max, perUser: .max))
        var waiting: [KeptSession.Name: [UInt64: @Sendable () -> Void]] = [:]
        var waitingCount = 0
        var newest: UInt64 = 0

        /// Takes out those who wait for some sessions.
        mutating func takeWaiting(for sessions: [KeptSession]) -> [@Sendable () -> Void] {
            guard !waiting.isEmpty else { return [] }
            let told = sessions.flatMap { (waiting.removeValue(forKey: $0.name) ?? [:]).map(\.value) }
            waitingCount -= told.count
            return told
        }
    }

    /// How many may wait. A handle costs whoever makes one up nothing.
    static let waitingLimit = 1024

    private let state = Mutex(State())
    private let clock: @Sendable () -> WallTime

    /// How many there are is the log's matter.
    init(clock: @escaping @Sendable () -> WallTime) { self.clock = clock }

    /// The session of a name; nothing when none is kept, or its end has come.
    package func session(named name: KeptSession.Name) -> KeptSession? {
        let now = clock()
        return state.withLock { $0.sessions.session(named: name, now: now) }
    }

    /// How many are kept, and what they count for in bytes.
    package var tally: (count: Int, byteCount: Int) {
        let now = clock()
        return state.withLock { state in
            state.sessions.expire(now: now)
            return (state.sessions.count, state.sessions.byteCount)
        }
    }

    /// The tail tells of a change. What has ended goes, too: the log may not say so.
    ///
    /// - Returns: those that go before their time, and their sign-ins with them.
    @discardableResult
    func apply(_ change: SessionChange) -> [KeptSession] {
        let now = clock()
        let (cutShort, callbacks) = state.withLock { state in
            state.sessions.expire(now: now)
            let cutShort = state.sessions.cutShort(by: change, now: now)
            state.sessions.apply(change)
            return (cutShort, state.takeWaiting(for: change.kept))
        }
        for callback in callbacks { callback() }
        return cutShort
    }

    /// Has somebody told when a session that is not kept here is.
    ///
    /// - Parameter callback: called once at most, on any thread: at once if the session has come meanwhile.
    /// - Returns: to be called when nobody waits any more; nothing when too many wait.
    package func wait(
        for name: KeptSession.Name, then callback: @escaping @Sendable () -> Void
    ) -> (@Sendable () -> Void)? {
        let now = clock()
        enum Place { case known, full, number(UInt64) }
        let place = state.withLock { state -> Place in
            if state.sessions.session(named: name, now: now) != nil { return .known }
            guard state.waitingCount < Self.waitingLimit else { return .full }
            state.newest += 1
            state.waitingCount += 1
            state.waiting[name, default: [:]][state.newest] = callback
            return .number(state.newest)
        }
        switch place {
        case .full: return nil
        case .known:
            callback()
            return {}
        case .number(let number): return { [weak self] in self?.forget(number, name) }
        }
    }

    private func forget(_ number: UInt64, _ name: KeptSession.Name) {
        state.withLock { state in
            guard state.waiting[name]?.removeValue(forKey: number) != nil else { return }
            state.waitingCount -= 1
            if state.waiting[name]?.isEmpty ?? false { state.waiting[name] = nil }
        }
    }

    /// How many wait.
    var waitingCount: Int { state.withLock { $0.waitingCount } }
}
