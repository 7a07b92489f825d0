import NIOCore
import SeededRandom

@testable import EventHub

/// One random schedule: publishers, slow and stalled sockets, streams that break and come back, a log that lets go and
/// answers late, a shard that is told of too much, and time. All from one seed.
///
/// It only does things and lets each `SimulatedClient` check what it gets; it knows nothing of the hub's inside.
struct Simulation {
    private let hub: TestHub
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
        let settings = StreamSettings(
            heartbeat: .seconds(15), retryMilliseconds: 3000,
            bufferBytes: Int.random(in: 50...500, using: &self.random),
            replayStepBytes: Int.random(in: 1...300, using: &self.random),
            inboxBytes: Int.random(in: 300...4000, using: &self.random))
        let limits = StreamLimits(
            streams: Int.random(in: 2...8, using: &self.random),
            streamsPerUser: Int.random(in: 1...4, using: &self.random), topicsPerStream: 2)
        hub = try TestHub(
            shards: Int.random(in: 1...3, using: &self.random), settings: settings, limits: limits,
            retainedBytes: Int.random(in: 300...8000, using: &self.random))
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
        case 77..<83: client()?.stall()
        case 83..<91: client()?.recover()
        case 91..<93: hub.log.isHolding.toggle()
        case 93..<99: hub.log.release()
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
        let receipts = try hub.post(events)
        for (event, receipt) in zip(events, receipts) {
            history.append(event, now: hub.loop.now)
            let open = clients.filter { $0.isOpen && $0.interest.includes(event.audience) }.count
            if receipt.streams != open { violations.append("\(receipt.id): \(receipt.streams) streams, not \(open)") }
            if receipt.id.sequence != history.head { violations.append("\(receipt.id) is not \(history.head)") }
        }
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
        case 0: "old-3"
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
        for client in clients where client.isOpen { client.recover() }
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
