import EventLog
import EventLogPromises
import NIOCore
import SeededRandom
import Testing

@testable import EventHub

/// One random schedule: publishers that repeat themselves, slow and stalled sockets, streams that break and come back,
/// a log that lets go and answers late, a shard that is told of too much, restarts, and time. All from one seed.
///
/// It only does things and lets each `SimulatedClient` check what it gets; it knows nothing of the hub's inside.
struct Simulation {
    private var hub: TestHub
    private let logSettings: LogSettings
    private var restarts = 0
    /// Requests that were answered, with their answers.
    private var requests: [(events: [NewEvent], key: PublishKey, receipts: [Receipt])] = []
    private var random: SeededGenerator
    private var history = PublishedEvents()
    private var clients: [SimulatedClient] = []
    /// The ids that streams ended with: where they come back.
    private var lastIDs: [String: [String]] = [:]
    private(set) var violations: [String] = []

    private static let users = ["alice", "bob", "carol"]
    private static let topics = ["news", "sport"]

    init(_ random: SeededGenerator) throws {
        self.random = random
        let settings = StreamSettings.forTests(
            bufferBytes: Int.random(in: 50...500, using: &self.random),
            overflow: Int.random(in: 0..<5, using: &self.random) == 0 ? .disconnect : .catchUp,
            behindLimit: .seconds(Int64.random(in: 2...60, using: &self.random)),
            bufferTotalBytes: Int.random(in: 200...4000, using: &self.random),
            replayStepBytes: Int.random(in: 1...300, using: &self.random),
            inboxBytes: Int.random(in: 300...4000, using: &self.random))
        let limits = StreamLimits(
            streams: Int.random(in: 2...8, using: &self.random),
            streamsPerUser: Int.random(in: 1...4, using: &self.random), topicsPerStream: 2)
        let loops = (0..<Int.random(in: 1...3, using: &self.random)).map { _ in ManualEventLoop() }
        logSettings = LogSettings(
            bytes: Int.random(in: 300...8000, using: &self.random),
            events: Int.random(in: 1...50, using: &self.random),
            seconds: Int64.random(in: 1...100, using: &self.random))
        hub = TestHub(
            loops: loops, log: TestHub.log(try #require(Epoch("now")), logSettings, clock: loops[0]),
            settings: settings, limits: limits)
    }

    /// Does `count` random things, lets everything come to rest, and returns what went wrong.
    mutating func run(steps count: Int) throws -> [String] {
        for _ in 0..<count where violations.isEmpty {
            try step()
            check()
        }
        comeToRest()
        checkAtRest()
        return violations
    }

    private mutating func step() throws {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: try publish()
        case 40..<62: (hub.loops.randomElement(using: &random) ?? hub.loop).run()
        case 62..<72: try connect()
        case 72..<77: client()?.disconnect()
        case 77..<83: client()?.stall(keeping: Int.random(in: 0...300, using: &random))
        case 83..<91: client()?.recover()
        case 91..<93: hub.log.isHolding.toggle()
        case 93..<97: hub.log.release()
        case 97: try retry()
        case 98: try restart()
        default: hub.advance(by: .milliseconds(Int64.random(in: 1...4000, using: &random)))
        }
    }

    private mutating func client() -> SimulatedClient? { clients.filter(\.isOpen).randomElement(using: &random) }

    private mutating func publish() throws {
        let events = (0..<Int.random(in: 1...3, using: &random)).map { _ in
            let size = Int.random(in: 0...60, using: &random)
            return NewEvent(
                audience: audience(), name: nil, data: ByteBuffer(repeating: 0x61, count: size),
                timeToLive: Int.random(in: 0..<5, using: &random) == 0 ? Int64.random(in: 0...10, using: &random) : nil)
        }
        let key = PublishKey(publisher: "backend", key: "\(requests.count)", digest: [])
        let receipts = try hub.post(events, key: key)
        requests.append((events, key, receipts))
        for (event, receipt) in zip(events, receipts) {
            history.append(event, now: hub.loop.now)
            let open = clients.filter { $0.isOpen && $0.interest.includes(event.audience) }.count
            if receipt.streams != open { violations.append("\(receipt.id): \(receipt.streams) streams, not \(open)") }
            if receipt.id.sequence != history.head { violations.append("\(receipt.id) is not \(history.head)") }
        }
    }

    /// The answer was lost, and the publisher asks again.
    private mutating func retry() throws {
        guard let (events, key, receipts) = requests.randomElement(using: &random) else { return }
        if try hub.post(events, key: key) != receipts { violations.append("a retry was not answered as before") }
        if hub.log.head != history.head { violations.append("a retry is a second event") }
    }

    /// The gateway goes and comes back, on a log that has outlived it or on an empty one.
    private mutating func restart() throws {
        for client in clients where client.isOpen { client.disconnect() }
        check()
        hub.log.isHolding = false
        hub.log.release()
        // Callbacks into the old hub that are on their way belong to nobody.
        hub.run()
        restarts += 1
        let isEmptied = Bool.random(using: &random)
        if isEmptied { (history, requests) = (PublishedEvents(), []) }
        let log =
            try isEmptied
            ? TestHub.log(#require(Epoch("again\(restarts)")), logSettings, clock: hub.loop) : hub.log
        hub = TestHub(loops: hub.loops, log: log, settings: hub.settings, limits: hub.limits)
    }

    private mutating func audience() -> Audience {
        switch Int.random(in: 0..<8, using: &random) {
        case 0...1: .everyone
        case 2: .topic(Self.topics.randomElement(using: &random) ?? "")
        case 3: .users(Array(Self.users.shuffled(using: &random).prefix(2)))
        default: .user(Self.users.randomElement(using: &random) ?? "")
        }
    }

    private mutating func connect() throws {
        let user = Self.users.randomElement(using: &random) ?? ""
        let count = Int.random(in: 0...2, using: &random)
        let interest = Interest(user: user, topics: Array(Self.topics.shuffled(using: &random).prefix(count)))
        let loop = hub.loops.randomElement(using: &random) ?? hub.loop
        let open = clients.filter(\.isOpen)
        let mates = open.filter { $0.interest.user == user }.count
        let isRefused = mates >= hub.limits.streamsPerUser || open.count >= hub.limits.streams
        do throws(AdmissionRefusal) {
            let lifetime = TimeAmount.seconds(Int64.random(in: 1...120, using: &random))
            let client = try SimulatedClient(
                interest, after: startingID(of: user), endsAt: loop.now + lifetime, hub: hub, loop: loop,
                head: history.head, isStalled: Int.random(in: 0..<6, using: &random) == 0)
            clients.append(client)
            if isRefused { violations.append("\(user) has a stream beyond the limits") }
        } catch {
            if !isRefused { violations.append("\(user) was refused without a reason: \(error.code)") }
        }
    }

    /// Mostly where a stream of the user left off; sometimes anything.
    private mutating func startingID(of user: String) -> String? {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: "other-3"
        case 1: hub.id(history.head + Position.random(in: 0...2, using: &random))
        case 2: "garbage"
        case 3: nil
        default:
            lastIDs[user]?.randomElement(using: &random)
                ?? hub.id(Position.random(in: 0...history.head, using: &random))
        }
    }

    // MARK: Checks

    private mutating func check() {
        for client in clients where !client.isSettled {
            violations += client.check(against: history, now: hub.loop.now).map { "\(client.name): \($0)" }
            if !client.isOpen {
                client.isSettled = true
                if let id = client.lastEventID { lastIDs[client.interest.user, default: []].append(id) }
            }
        }
    }

    private mutating func comeToRest() {
        hub.log.isHolding = false
        hub.log.release()
        // Before the loops run, what comes out is what was held.
        let kept = clients.filter(\.isOpen).reduce(0) { $0 + $1.recover() }
        if kept > hub.settings.bufferTotalBytes {
            violations.append("\(kept) bytes were kept for all streams, \(hub.settings.bufferTotalBytes) are allowed")
        }
        for _ in 0..<3 { hub.run() }
        check()
    }

    private mutating func checkAtRest() {
        for client in clients where client.isOpen {
            violations += client.checkComplete(against: history, now: hub.loop.now).map { "\(client.name): \($0)" }
        }
        let open = clients.filter(\.isOpen).count
        if hub.hub.streamCount != open { violations.append("\(hub.hub.streamCount) streams counted, \(open) are open") }
        let counts = hub.metrics.counts
        if counts.behind != 0 { violations.append("\(counts.behind) streams are counted as behind, at rest") }
        let ended = counts.ended.values.reduce(0, +)
        if counts.opened - ended != open { violations.append("\(counts.opened) opened, \(ended) ended, \(open) open") }
    }
}

/// Everything that was ever published, by sequence.
struct PublishedEvents {
    private var events: [(audience: Audience, expiresAt: NIODeadline?)] = []

    var head: Position { Position(events.count) }

    mutating func append(_ event: NewEvent, now: NIODeadline) {
        events.append((event.audience, event.timeToLive.map { now + .seconds($0) }))
    }

    func audience(of sequence: Position) -> Audience? {
        (1...head).contains(sequence) ? events[Int(sequence) - 1].audience : nil
    }

    /// The first event for `interest` behind `start` and before `end` that has not expired: what nobody may leave out.
    func firstDue(after start: Position, before end: Position, for interest: Interest, now: NIODeadline) -> Position? {
        guard start < end else { return nil }
        return (start + 1..<end).first { sequence in
            let event = events[Int(sequence) - 1]
            return interest.includes(event.audience) && event.expiresAt.map { now < $0 } ?? true
        }
    }
}
