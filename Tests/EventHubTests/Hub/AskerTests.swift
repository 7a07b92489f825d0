import EventLog
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import EventHub

/// Who has streams end, or looks at them, gets an answer, whatever the log and other loops do.
@Suite(.timeLimit(.minutes(10))) struct AskerTests {
    private static let now = WallTime(milliseconds: 1_790_000_000_000)
    private static let alice = Revocation(.user("alice"), issuedBefore: 100, madeAt: now)
    private static let bob = Revocation(.user("bob"), issuedBefore: 100, madeAt: now)

    /// A hub on two loops of threads of their own.
    private struct Node {
        let loops = (0..<2).map { _ in NIOAsyncTestingEventLoop() }
        let log: ScriptedLog
        let hub: EventHub

        init() throws {
            let store = ScriptedStore(epoch: try #require(Epoch("now")), LogSettings(bytes: 1 << 20)) { AskerTests.now }
            log = store.front()
            let context = HubContext(
                log: log, settings: TestHub.settings, limits: TestHub.limits, metrics: CountingMetrics(),
                clock: { AskerTests.now })
            hub = EventHub(context: context, eventLoops: loops)
        }

        func connect(_ user: String, on number: Int) async throws {
            let loop = loops[number]
            let shard = try #require(hub.shard(on: loop))
            try await loop.executeInContext {
                let bound = NIOLoopBound<any StreamOutlet>(RecordingOutlet(), eventLoop: loop)
                try shard.assumeIsolated { shard in
                    let interest = Interest(user: user)
                    shard.start(
                        try shard.attach(interest, lastEventID: nil, endsAt: .distantFuture, outlet: bound))
                }
            }
        }

        /// - Parameter running: the loops that do something meanwhile; the others stand still.
        func answer<Value: Sendable>(
            running: [Int] = [0, 1], _ ask: @escaping @Sendable (EventHub) async -> Value
        ) async throws -> Value {
            try await EventHubTests.answer(to: { [hub] in await ask(hub) }) {
                for number in running { await loops[number].advanceTime(by: .milliseconds(5)) }
            }
        }

        func ended(by revocation: Revocation) async throws -> Int {
            let result = try await answer { hub -> Result<Int, EventLogError> in
                do throws(EventLogError) { return .success(try await hub.revoke(revocation)) } catch {
                    return .failure(error)
                }
            }
            return try result.get()
        }
    }

    @Test func `how many streams a revocation ends`() async throws {
        let node = try Node()
        for number in 0..<40 { try await node.connect("alice", on: number % 2) }
        try await node.connect("bob", on: 0)
        #expect(try await node.ended(by: Self.alice) == 40)
        #expect(try await node.ended(by: Self.alice) == 0)
        #expect(node.hub.streamCount == 1)
    }

    @Test func `a revocation that the tail tells of among others has its own count`() async throws {
        let node = try Node()
        for user in ["alice", "bob", "alice", "bob", "bob"] { try await node.connect(user, on: 1) }
        node.log.script.toldInstead = [Self.bob, Self.alice]
        #expect(try await node.ended(by: Self.alice) == 2)
        let rest = try await node.answer { await $0.streams(of: "bob", limit: 10) }
        #expect(rest.isEmpty && node.hub.streamCount == 0)
    }

    @Test func `a revocation that the tail tells of under another value is answered`() async throws {
        let node = try Node()
        try await node.connect("alice", on: 0)
        node.log.script.toldInstead = [Revocation(.user("alice"), issuedBefore: 200, madeAt: Self.now)]
        #expect(try await node.ended(by: Self.alice) == 0)
        #expect(node.hub.askers.withLock { $0.isEmpty })
        let rest = try await node.answer { await $0.streams(of: "alice", limit: 10) }
        #expect(rest.isEmpty, "ended all the same")
    }

    @Test func `who asks for what another asks for too is answered`() async throws {
        let node = try Node()
        for _ in 0..<8 { try await node.connect("alice", on: 0) }
        let sum = try await node.answer { hub in
            await withTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { (try? await hub.revoke(Self.alice)) ?? -100 } }
                return await group.reduce(0, +)
            }
        }
        #expect(sum == 8, "each stream is counted once")
        #expect(node.hub.askers.withLock { $0.isEmpty })
    }

    @Test func `a revocation that the log can't keep leaves nobody waiting`() async throws {
        let node = try Node()
        node.log.script.failure = ScriptedLog.away
        await #expect(throws: EventLogError.self) { try await node.ended(by: Self.alice) }
        #expect(node.hub.askers.withLock { $0.isEmpty })
    }

    @Test func `a loop that stands still holds up no answer about who has nothing there`() async throws {
        let node = try Node()
        try await node.connect("alice", on: 1)
        try await node.connect("bob", on: 0)
        let facts = try await node.answer(running: [1]) { await $0.streams(of: "alice", limit: 10) }
        #expect(facts.map(\.name) == ["1-1"])
        let elsewhere = try #require(StreamName("0-1"))
        let others = try await node.answer(running: []) {
            await $0.disconnect("alice", stream: elsewhere, isRetryable: false)
        }
        #expect(others == 0)
        #expect(try await node.answer(running: [1]) { await $0.disconnect("alice", isRetryable: false) } == 1)
        #expect(try await node.answer(running: []) { await $0.disconnect("nobody", isRetryable: false) } == 0)
        #expect(node.hub.streamCount == 1)
    }
}
