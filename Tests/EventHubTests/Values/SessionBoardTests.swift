import EventLog
import EventLogPromises
import Synchronization
import Testing

@testable import EventHub

/// What a node knows of kept sessions, and who waits for one.
@Suite struct SessionBoardTests {
    private static let now = ManualClock().now

    private static func session(_ number: UInt8, after seconds: Int64 = 60) -> KeptSession {
        .numbered(number, until: now.adding(seconds: seconds))
    }

    @Test func `it knows what the tail has told, until its end`() {
        let clock = ManualClock()
        let board = SessionBoard { clock.now }
        let one = Self.session(1)
        board.apply(SessionChange(kept: [one, Self.session(2, after: 120)]))
        #expect(board.session(named: one.name) == one && board.tally.count == 2)
        clock.advance(seconds: 60)
        #expect(board.session(named: one.name) == nil)
        #expect(board.tally == (1, Self.session(2).cost))
        board.apply(SessionChange(forgotten: [Self.session(2).name]))
        #expect(board.tally == (0, 0))
    }

    @Test func `who waits for a session is told of it once, and of no other`() {
        let board = SessionBoard { Self.now }
        let calls = Mutex(0)
        let cancel = board.wait(for: Self.session(1).name) { calls.withLock { $0 += 1 } }
        board.apply(SessionChange(kept: [Self.session(2)]))
        #expect(calls.withLock { $0 } == 0)
        for _ in 1...2 { board.apply(SessionChange(kept: [Self.session(1)])) }
        #expect(calls.withLock { $0 } == 1 && board.waitingCount == 0)
        cancel?()
        #expect(board.waitingCount == 0)
    }

    @Test func `who waits for one that has come meanwhile is told at once`() {
        let board = SessionBoard { Self.now }
        board.apply(SessionChange(kept: [Self.session(1)]))
        let calls = Mutex(0)
        #expect(board.wait(for: Self.session(1).name) { calls.withLock { $0 += 1 } } != nil)
        #expect(calls.withLock { $0 } == 1 && board.waitingCount == 0)
    }

    @Test func `so many wait, and who gives up makes room`() {
        let board = SessionBoard { Self.now }
        let cancels = (0..<SessionBoard.waitingLimit).compactMap { _ in board.wait(for: Self.session(1).name) {} }
        #expect(cancels.count == SessionBoard.waitingLimit)
        #expect(board.wait(for: Self.session(2).name) {} == nil)
        cancels[0]()
        cancels[0]()
        #expect(board.waitingCount == SessionBoard.waitingLimit - 1)
        #expect(board.wait(for: Self.session(2).name) {} != nil)
    }

    @Test func `other nodes on a store are told, late or at their start`() throws {
        let epoch = try #require(Epoch("now"))
        let store = ScriptedStore(epoch: epoch, LogSettings(bytes: 1 << 20), isShared: true) { Self.now }
        func node(_ log: ScriptedLog) -> EventHub {
            EventHub(
                context: HubContext(
                    log: log, settings: TestHub.settings, limits: TestHub.limits, metrics: CountingMetrics(),
                    clock: { Self.now }), eventLoops: [])
        }
        let (here, there) = (store.front(), store.front())
        let (first, second) = (node(here), node(there))
        #expect(first.maySessionsComeLate)
        there.script.isTailLate = true
        let one = Self.session(1)
        here.record(.signIn("alice", keeping: one, inPlaceOf: [])) { _ in }
        #expect(first.sessions.session(named: one.name) == one)
        #expect(second.sessions.session(named: one.name) == nil)
        there.tellLate(1)
        #expect(second.sessions.session(named: one.name) == one)
        there.record(.signOut([one.name])) { _ in }
        #expect(first.sessions.session(named: one.name) == nil)
        here.record(.signIn("alice", keeping: one, inPlaceOf: [])) { _ in }
        #expect(node(store.front()).sessions.session(named: one.name) == one)
        here.cutOff()
        here.record(.signOut([one.name])) { result in #expect(throws: EventLogError.self) { try result.get() } }
        #expect(first.sessions.session(named: one.name) == one, "nothing has changed")
    }
}
