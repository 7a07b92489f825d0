import EventLog
import EventStream
import NIOCore
import Synchronization
import Testing

@testable import EventHub

/// A hub on loops that the test runs, with a front end of a store whose clock is the first loop's.
final class TestHub {
    let loops: [ManualEventLoop]
    let log: ScriptedLog
    let metrics = CountingMetrics()
    let stopwatch = TestStopwatch()
    let hub: EventHub
    let epoch: Epoch
    let settings: StreamSettings
    let limits: StreamLimits

    static let settings = StreamSettings.forTests()
    static let limits = StreamLimits(streams: 1000, streamsPerUser: 1000, topicsPerStream: 8)

    convenience init(
        shards: Int = 1, settings: StreamSettings = TestHub.settings, limits: StreamLimits = TestHub.limits,
        retainedBytes: Int = 1 << 20, isShared: Bool = false, elsewhere: (any StreamsElsewhere)? = nil
    ) throws {
        let epoch = try #require(Epoch("now"))
        let loops = (0..<shards).map { _ in ManualEventLoop() }
        let store = ScriptedStore(
            epoch: epoch, LogSettings(bytes: retainedBytes), isShared: isShared, clock: loops[0].calendar)
        self.init(loops: loops, log: store.front(), settings: settings, limits: limits, elsewhere: elsewhere)
    }

    /// A hub on a log that may have events already, as after a restart.
    init(
        loops: [ManualEventLoop], log: ScriptedLog, settings: StreamSettings, limits: StreamLimits,
        elsewhere: (any StreamsElsewhere)? = nil
    ) {
        self.loops = loops
        self.log = log
        epoch = log.epoch
        (self.settings, self.limits) = (settings, limits)
        hub = EventHub(
            context: HubContext(
                log: log, settings: settings, limits: limits, metrics: metrics, elsewhere: elsewhere,
                clock: log.store.clock, stopwatch: stopwatch.read),
            eventLoops: loops)
    }

    /// What other nodes share with this one.
    var store: ScriptedStore { log.store }

    var loop: ManualEventLoop { loops[0] }

    /// Everything that the loops have to do now.
    func run() { for loop in loops { loop.run() } }

    func advance(by time: TimeAmount) { for loop in loops { loop.advance(by: time) } }

    /// Opens a stream: what its handler does.
    func connect(
        _ user: String, topics: [String] = [], session: SessionID? = nil, after id: String? = nil,
        endsAt: NIODeadline = .distantFuture, key: UInt64? = nil, token: TokenMark = .unknown,
        visitor: StreamVisitor = StreamVisitor(), shard number: Int = 0, outlet: RecordingOutlet = RecordingOutlet()
    ) throws -> TestStream {
        let stream = try TestStream(
            Interest(user: user, topics: topics), session: session, after: id, endsAt: endsAt, key: key,
            token: token, visitor: visitor, hub: self, loop: loops[number], outlet: outlet)
        run()
        return stream
    }

    /// Publishes without letting the loops run.
    @discardableResult
    func post(
        _ audience: Audience, _ data: String, name: EventName? = nil, ttl: Int64? = nil
    ) throws -> Receipt {
        let event = NewEvent(audience: audience, name: name, data: ByteBuffer(string: data), timeToLive: ttl)
        return try #require(try post([event]).first)
    }

    @discardableResult
    func post(_ events: [NewEvent], key: PublishKey? = nil) throws -> [Receipt] {
        let answer = Mutex<Result<[Receipt], EventLogError>?>(nil)
        hub.publish(events, key: key) { result in answer.withLock { $0 = result } }
        return try #require(answer.withLock { $0 }).get()
    }

    /// Publishes and lets the loops run.
    @discardableResult
    func publish(_ audience: Audience, _ data: String, ttl: Int64? = nil) throws -> Receipt {
        defer { run() }
        return try post(audience, data, ttl: ttl)
    }

    /// An id of this log.
    func id(_ sequence: Position) -> String { LoggedEventID(epoch: epoch, sequence: sequence).description }
}

/// A steady clock that goes on only when a test says so: loops run what is due at its time, and so are never late.
final class TestStopwatch: Sendable {
    private let time = Mutex(NIODeadline.uptimeNanoseconds(1_000_000_000))

    var read: @Sendable () -> Stamp { { Stamp(self.time.withLock { $0 }) } }

    func pass(_ span: TimeAmount) { time.withLock { $0 = $0 + span } }
}

/// One open stream with the socket that it writes to.
final class TestStream {
    let shard: HubShard
    let outlet: RecordingOutlet
    let id: StreamID

    init(
        _ interest: Interest, session: SessionID? = nil, after lastEventID: String? = nil,
        endsAt: NIODeadline = .distantFuture, key: UInt64? = nil, token: TokenMark = .unknown,
        visitor: StreamVisitor = StreamVisitor(), hub: TestHub, loop: ManualEventLoop,
        outlet: RecordingOutlet = RecordingOutlet()
    ) throws(AdmissionRefusal) {
        guard let shard = hub.hub.shard(on: loop) else { preconditionFailure("The loop is one of the hub's.") }
        self.shard = shard
        self.outlet = outlet
        let bound = NIOLoopBound<any StreamOutlet>(outlet, eventLoop: loop)
        let attached = shard.assumeIsolated { shard in
            Result { () throws(AdmissionRefusal) in
                let id = try shard.attach(
                    interest, session: session, lastEventID: lastEventID, endsAt: endsAt, key: key,
                    token: token, visitor: visitor, outlet: bound)
                shard.start(id)
                return id
            }
        }
        id = try attached.get()
    }

    /// The socket takes nothing from here on.
    func stall() { outlet.isWritable = false }

    /// The socket takes bytes again, and the hub is told.
    func recover() {
        outlet.isWritable = true
        let id = id
        shard.assumeIsolated { $0.becameWritable(id) }
    }

    /// The connection is gone.
    func disconnect() {
        let id = id
        shard.assumeIsolated { $0.detach(id) }
    }

    var data: [String] { outlet.data }
}

extension StreamVisit {
    /// Of nobody.
    static let forTests = StreamVisit(since: WallTime(milliseconds: 0), address: nil, agent: .none, httpVersion: .http1)
}

extension StreamSettings {
    /// What streams have in common where the test does not care.
    static func forTests(
        bufferBytes: Int = 1024, overflow: Overflow = .catchUp, behindLimit: TimeAmount = .minutes(10),
        bufferTotalBytes: Int = 256 << 20, replayStepBytes: Int = 32 << 10, inboxBytes: Int = 8 << 20
    ) -> StreamSettings {
        StreamSettings(
            heartbeat: .seconds(15), retry: RetrySpread(milliseconds: 3000), bufferBytes: bufferBytes,
            overflow: overflow, expiryNotice: .minutes(1), behindLimit: behindLimit, bufferTotalBytes: bufferTotalBytes,
            replayStepBytes: replayStepBytes, inboxBytes: inboxBytes, staleAfter: .seconds(5))
    }
}
