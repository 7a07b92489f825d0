// Measures what event loops share, without TLS and HTTP: how long a publish holds the log's lock, with ever more event
// loops, and what two publishers at once do to each other. `make bench-hub` runs it as a release, and `bench/cores.py`
// makes a model of many cores of its figures.

import EventHub
import EventLog
import Foundation
import MemoryEventLog
import NIOCore
import NIOPosix
import SQLiteEventLog

@main struct HubBench {
    static let users = 2000
    static let count = 200_000

    static func main() async throws {
        print(
            "| event loops | audience | a publish | of it in the log | of that in the tail | two publishers: a publish |"
        )
        print("|---|---|---|---|---|---|")
        for loops in [1, 2, 4, 8, 32] {
            for audience in [Target.user, .everyone] { try await measure(audience, loops: loops) }
        }
    }

    /// To whom the events are.
    enum Target: String { case user, everyone }

    private static func measure(_ target: Target, loops: Int) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let stand = try await Stand(group, users: users)
        let count = target == .user ? count : count / 20
        publish(to: stand.hub, target, count: count / 10)
        stand.log.forget()
        let alone = time { publish(to: stand.hub, target, count: count) }
        let (log, tail) = stand.log.nanoseconds
        let together = time {
            DispatchQueue.concurrentPerform(iterations: 2) { _ in publish(to: stand.hub, target, count: count / 2) }
        }
        let cells = [alone, Double(log), Double(tail), together].map {
            String(format: "%.2f µs", $0 / Double(count) / 1000)
        }
        print("| \(loops) | \(target.rawValue) | \(cells.joined(separator: " | ")) |")
        try await group.shutdownGracefully()
    }

    private static func publish(to hub: EventHub, _ target: Target, count: Int) {
        let data = ByteBuffer(repeating: 0x61, count: 150)
        for number in 0..<count {
            let audience = target == .user ? Audience.user("user \(number % users)") : .everyone
            hub.publish([NewEvent(audience: audience, name: nil, data: data)]) { _ in }
        }
    }

    /// How many nanoseconds `work` takes.
    private static func time(_ work: () -> Void) -> Double {
        let start = ContinuousClock.now
        work()
        return (ContinuousClock.now - start) / .nanoseconds(1)
    }
}

/// A hub with a stream for each user, spread over its loops.
struct Stand {
    let hub: EventHub
    let log: TimedLog

    init(_ group: MultiThreadedEventLoopGroup, users: Int) async throws {
        let clock: @Sendable () -> WallTime = { WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
        let log = TimedLog(
            MemoryEventLog(
                epoch: SQLiteEventLog.randomEpoch(), settings: LogSettings(bytes: 64 << 20, events: 1_000_000),
                clock: clock))
        let settings = StreamSettings(
            heartbeat: .seconds(15), retry: RetrySpread(milliseconds: 3000), bufferBytes: 64 << 10, overflow: .catchUp,
            expiryNotice: .minutes(1), behindLimit: .minutes(10), bufferTotalBytes: 256 << 20,
            replayStepBytes: 32 << 10, inboxBytes: 64 << 20, staleAfter: .seconds(5))
        let loops = Array(group.makeIterator())
        let hub = EventHub(
            context: HubContext(
                log: log, settings: settings,
                limits: StreamLimits(streams: 100_000, streamsPerUser: 100, topicsPerStream: 8), metrics: NoMetrics(),
                clock: clock),
            eventLoops: loops)
        for user in 0..<users { try await Self.attach("user \(user)", to: hub, on: loops[user % loops.count]) }
        (self.hub, self.log) = (hub, log)
    }

    private static func attach(_ user: String, to hub: EventHub, on loop: any EventLoop) async throws {
        guard let shard = hub.shard(on: loop) else { preconditionFailure("The loop is one of the hub's.") }
        try await loop.submit {
            let outlet = NIOLoopBound<any StreamOutlet>(Sink(), eventLoop: loop)
            try shard.assumeIsolated { shard in
                shard.start(
                    try shard.attach(
                        Interest(user: user, topics: []), session: nil, lastEventID: nil, endsAt: .distantFuture,
                        key: nil, token: .unknown, visitor: StreamVisitor(), outlet: outlet))
            }
        }.get()
    }
}

/// A socket that takes all.
final class Sink: StreamOutlet {
    var isWritable: Bool { true }
    var pendingBytes: Int { 0 }
    func write(_ frame: EventFrame) {}
    func flush() {}
    func end(_ reason: StreamEnd) {}
}

struct NoMetrics: HubMetrics {
    func streamOpened() {}
    func streamEnded(_ reason: StreamEnd) {}
    func streamFellBehind() {}
    func streamsBehind(changedBy change: Int) {}
    func gapTold(_ reason: GapReason) {}
    func published(_ audience: Audience) {}
    func delivered(_ count: Int) {}
}
