import EventHub
import EventLog
import EventStream
import HTTPTypes
import HTTPWire
import MemoryEventLog
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded

@testable import GatewayRules
@testable import HTTPServing

/// A hub of one shard whose time passes when told to, and what it is asked to count.
struct HubBench {
    let loop = NIOAsyncTestingEventLoop()
    let log: MemoryEventLog
    let hub: EventHub
    let metrics = HubCounter()
    /// Why a shared log can't keep a session, or let go of one.
    let failure = NIOLockedValueBox<EventLogError?>(nil)
    /// What other nodes of a shared log were told of sessions that go on.
    let renewals = NIOLockedValueBox<[SessionRenewal]>([])
    /// How many orders about sessions a shared log was asked to write.
    let orders = NIOLockedValueBox(0)
    /// The calendar's time; the loop has its own.
    let wall = NIOLockedValueBox(WallTime(milliseconds: 1_800_000_000_000))

    static let epoch = "testepoch"
    static let logSettings = LogSettings(
        bytes: 1 << 20, revocations: RevocationSettings(count: 4), sessions: SessionSettings(bytes: 64 << 10))

    /// What a client that has had no event yet is told first.
    static func opening(_ stream: String = "0-1", at position: Int = 0) -> String {
        "retry: 3000\nid: \(epoch)-\(position)\nevent: sluice.open\ndata: {\"stream\":\"\(stream)\"}\n\n"
    }

    init(
        limits: StreamLimits = StreamLimits(streams: 1000, streamsPerUser: 64, topicsPerStream: 32),
        bufferBytes: Int = 64 * 1024, overflow: StreamSettings.Overflow = .catchUp, isShared: Bool = false,
        retaining logSettings: LogSettings = logSettings
    ) throws {
        guard let epoch = Epoch(Self.epoch) else { throw NoResponse(text: "no epoch") }
        let wall = wall
        log = MemoryEventLog(epoch: epoch, settings: logSettings) { wall.withLockedValue { $0 } }
        let settings = StreamSettings(
            heartbeat: .seconds(15), retry: RetrySpread(milliseconds: 3000), bufferBytes: bufferBytes,
            overflow: overflow, expiryNotice: .minutes(1), behindLimit: .minutes(10), bufferTotalBytes: 256 << 20,
            staleAfter: .seconds(5))
        hub = EventHub(
            context: HubContext(
                log: isShared ? SharedLog(log, failure, renewals, orders) : log, settings: settings, limits: limits,
                metrics: metrics, clock: { wall.withLockedValue { $0 } }),
            eventLoops: [loop])
    }

    /// Opens a stream for whoever asks: `/stream`, as `user`.
    func judge(user: String = "alice", lifetime: TimeAmount = .hours(1), lastEventID: String? = nil) -> ScriptedJudge {
        let hub = hub
        return ScriptedJudge { request in
            guard request.path == "/stream" else { return .answer(.text(request.path ?? "")) }
            return .stream(
                HubStreamPlan(
                    hub: hub, interest: Interest(user: user), lastEventID: lastEventID, lifetime: lifetime,
                    fields: [.contentType: "text/event-stream", .cacheControl: "no-store"]))
        }
    }

    /// Publishes to a user, and has it delivered.
    func publish(_ data: String, to user: String = "alice") async {
        hub.publish([NewEvent(audience: .user(user), name: nil, data: ByteBuffer(string: data))]) { _ in }
        await loop.run()
    }

    /// What both clocks show goes on.
    func pass(_ time: TimeAmount) async {
        wall.withLockedValue { $0.milliseconds += time.nanoseconds / 1_000_000 }
        await loop.advanceTime(by: time)
    }
}

/// Counts what a hub does.
struct HubCounter: HubMetrics {
    private let ended = NIOLockedValueBox<[StreamEnd]>([])
    private let opened = NIOLockedValueBox(0)

    /// Why streams ended, in their order.
    var endings: [StreamEnd] { ended.withLockedValue { $0 } }
    var openedCount: Int { opened.withLockedValue { $0 } }

    func streamOpened() { opened.withLockedValue { $0 += 1 } }
    func streamEnded(_ reason: StreamEnd) { ended.withLockedValue { $0.append(reason) } }
    func streamFellBehind() {}
    func streamsBehind(changedBy change: Int) {}
    func gapTold(_ reason: GapReason) {}
    func published(_ audience: Audience) {}
    func delivered(_ count: Int) {}
}
