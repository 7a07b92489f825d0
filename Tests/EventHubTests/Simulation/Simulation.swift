import EventLog
import EventLogPromises
import NIOCore
import SeededRandom
import Testing

@testable import EventHub

/// One random schedule: publishers that repeat themselves, slow and stalled sockets, streams that break and come back
/// to this node or another, a log that lets go, answers late, fails, loses answers, is cut off or made anew, a shard
/// that is told of too much, restarts, and time. All from one seed.
///
/// It only does things and lets each `SimulatedClient` check what it gets; it knows nothing of the hub's inside.
struct Simulation {
    private let store: ScriptedStore
    private let nodes: [SimulatedNode]
    private var random: SeededGenerator
    private var clients: [SimulatedClient] = []
    private var requests: [SimulatedRequest] = []
    private var epochCount = 1
    private var eventCount = 0
    /// The ids that streams ended with: where they come back.
    private var lastIDs: [String: [String]] = [:]
    private(set) var violations: [String] = []

    private static let users = ["alice", "bob", "carol"]
    private static let topics = ["news", "sport"]

    /// One node on a store of its own, as with an embedded log, or one or two on one that is shared.
    init(_ random: SeededGenerator, _ tally: SimulationTally) throws {
        self.random = random
        let settings = Self.settings(using: &self.random)
        let limits = StreamLimits(
            streams: Int.random(in: 2...8, using: &self.random),
            streamsPerUser: Int.random(in: 1...4, using: &self.random), topicsPerStream: 2)
        let logSettings = LogSettings(
            bytes: Int.random(in: 300...8000, using: &self.random),
            events: Int.random(in: 1...50, using: &self.random),
            seconds: Int64.random(in: 1...100, using: &self.random))
        let count = Int.random(in: 0..<4, using: &self.random)
        let loops = Self.loops(nodes: max(1, min(count, 2)), using: &self.random)
        let store = ScriptedStore(
            epoch: try #require(Epoch("epoch1")), logSettings, isShared: count > 0, clock: loops[0][0].calendar)
        self.store = store
        nodes = loops.enumerated().map { [store] number, loops in
            SimulatedNode(
                number, TestHub(loops: loops, log: store.front(), settings: settings, limits: limits), tally)
        }
    }

    private static func loops(nodes: Int, using random: inout SeededGenerator) -> [[ManualEventLoop]] {
        (0..<nodes).map { _ in (0..<Int.random(in: 1...3, using: &random)).map { _ in ManualEventLoop() } }
    }

    private static func settings(using random: inout SeededGenerator) -> StreamSettings {
        StreamSettings.forTests(
            bufferBytes: Int.random(in: 50...500, using: &random),
            overflow: Int.random(in: 0..<5, using: &random) == 0 ? .disconnect : .catchUp,
            behindLimit: .seconds(Int64.random(in: 2...60, using: &random)),
            bufferTotalBytes: Int.random(in: 200...4000, using: &random),
            replayStepBytes: Int.random(in: 1...300, using: &random),
            inboxBytes: Int.random(in: 300...4000, using: &random))
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
        let (node, what) = (node(), Int.random(in: 0..<100, using: &random))
        node.tally.trace("step \(what) on node \(node.number)")
        switch what {
        case 0..<30: publish(on: node)
        case 30..<34: for event in events() { store.publish(event) }
        case 34..<50: run(node)
        case 50..<59: connect(to: node)
        case 59..<63: client()?.disconnect()
        case 63..<68: client()?.stall(keeping: Int.random(in: 0...300, using: &random))
        case 68..<75: client()?.recover()
        case 75..<78: repeatRequest(on: node)
        case 78..<91: trouble(node)
        case 91: try restart(node)
        case 92: if store.isShared { try beginEpoch() }
        default: advance(by: Int64.random(in: 1...(Bool.random(using: &random) ? 1000 : 7000), using: &random))
        }
    }

    /// Something goes wrong with a node's log, or is over.
    private mutating func trouble(_ node: SimulatedNode) {
        let (log, what) = (node.log, Int.random(in: 0..<15, using: &random))
        node.tally.trace("trouble \(what)")
        switch what {
        case 0: log.script.isHolding.toggle()
        case 1: log.script.isHoldingAppends.toggle()
        case 2: log.script.isHoldingAnswers.toggle()
        case 3...4: log.release()
        case 5: log.release(1)
        case 6: log.script.failingReads = Int.random(in: 1...8, using: &random)
        case 7: log.script.refusedAppends += 1
        case 8: log.script.lostAnswers += 1
        case 9: store.putBetween(events())
        default: if store.isShared { remoteTrouble(node) } else { log.release() }
        }
    }

    private mutating func remoteTrouble(_ node: SimulatedNode) {
        switch Int.random(in: 0..<8, using: &random) {
        case 0...1: node.cutOff()
        case 2...3: node.reconnect()
        case 4: node.setLate(true)
        case 5: node.setLate(false)
        case 6: node.log.tellLate(1)
        default: node.log.script.unseen = Position.random(in: 0...3, using: &random)
        }
    }

    private mutating func node() -> SimulatedNode { nodes.randomElement(using: &random) ?? nodes[0] }

    private mutating func client() -> SimulatedClient? { clients.filter(\.isOpen).randomElement(using: &random) }

    /// One loop or all.
    private mutating func run(_ node: SimulatedNode) {
        guard Bool.random(using: &random) else { return node.run() }
        node.hub.loops.randomElement(using: &random)?.run()
    }

    /// In small pieces, so that the clocks of the loops are never far apart.
    private mutating func advance(by milliseconds: Int64) {
        for start in stride(from: 0, to: milliseconds, by: 200) where violations.isEmpty {
            for node in nodes { node.advance(by: .milliseconds(min(200, milliseconds - start))) }
            check()
        }
    }

    // MARK: Publishers

    /// Each with data that no other has.
    private mutating func events() -> [NewEvent] {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in
            eventCount += 1
            let padding = String(repeating: "a", count: Int.random(in: 0...60, using: &random))
            return NewEvent(
                audience: audience(), name: nil, data: ByteBuffer(string: "\(eventCount) \(padding)"),
                timeToLive: Int.random(in: 0..<5, using: &random) == 0 ? Int64.random(in: 0...10, using: &random) : nil)
        }
    }

    private mutating func publish(on node: SimulatedNode) {
        let request = SimulatedRequest(events(), key: "\(requests.count)")
        requests.append(request)
        ask(request, on: node)
    }

    /// The answer was lost, or is late, and the publisher asks again.
    private mutating func repeatRequest(on node: SimulatedNode) {
        if let request = requests.randomElement(using: &random) { ask(request, on: node) }
    }

    private func ask(_ request: SimulatedRequest, on node: SimulatedNode) {
        let open = clients.filter { $0.isOpen && $0.node === node }
        let counts = request.events.map { event in open.count { $0.interest.includes(event.audience) } }
        request.ask(node.hub.hub, counts: counts)
    }

    private mutating func audience() -> Audience {
        switch Int.random(in: 0..<8, using: &random) {
        case 0...1: .everyone
        case 2: .topic(Self.topics.randomElement(using: &random) ?? "")
        case 3: .users(Array(Self.users.shuffled(using: &random).prefix(2)))
        default: .user(Self.users.randomElement(using: &random) ?? "")
        }
    }

    // MARK: Epochs

    /// The gateway goes and comes back, on a log that has outlived it or on another one.
    private mutating func restart(_ node: SimulatedNode) throws {
        for client in clients where client.node === node && client.isOpen { client.disconnect() }
        check()
        let isAnew = !store.isShared && Bool.random(using: &random)
        if isAnew { try beginEpoch() }
        node.restart()
    }

    /// The log is made anew, or has lost its end.
    private mutating func beginEpoch() throws {
        nodes[0].tally.count("epoch")
        epochCount += 1
        let isEmptied = Int.random(in: 0..<3, using: &random) == 0
        let end = isEmptied ? 0 : store.head - Position.random(in: 0...min(5, store.head), using: &random)
        store.begin(try #require(Epoch("epoch\(epochCount)")), keeping: end)
    }

    // MARK: Streams

    private mutating func connect(to node: SimulatedNode) {
        let user = Self.users.randomElement(using: &random) ?? ""
        let count = Int.random(in: 0...2, using: &random)
        let interest = Interest(user: user, topics: Array(Self.topics.shuffled(using: &random).prefix(count)))
        let loop = node.hub.loops.randomElement(using: &random) ?? node.hub.loop
        let open = clients.filter { $0.isOpen && $0.node === node }
        let mates = open.filter { $0.interest.user == user }.count
        let isRefused = mates >= node.hub.limits.streamsPerUser || open.count >= node.hub.limits.streams
        do throws(AdmissionRefusal) {
            let lifetime = TimeAmount.seconds(Int64.random(in: 1...120, using: &random))
            let client = try SimulatedClient(
                interest, after: startingID(of: user), endsAt: loop.now + lifetime, node: node, loop: loop,
                isStalled: Int.random(in: 0..<6, using: &random) == 0)
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
        case 1: id(store.head + Position.random(in: 0...2, using: &random))
        case 2: "garbage"
        case 3: nil
        default:
            lastIDs[user]?.randomElement(using: &random) ?? id(Position.random(in: 0...store.head, using: &random))
        }
    }

    private func id(_ sequence: Position) -> String {
        LoggedEventID(epoch: store.epoch, sequence: sequence).description
    }

    // MARK: Checks

    private mutating func check() {
        let (history, now) = (store.history, store.clock())
        for client in clients where !client.isSettled {
            violations += client.check(against: history, now: now).map { "\(client.name): \($0)" }
            if !client.isOpen {
                client.isSettled = true
                if let id = client.lastEventID { lastIDs[client.interest.user, default: []].append(id) }
            }
        }
        let told = nodes.map(\.log.told)
        for request in requests { violations += request.check(against: history, told: told) }
    }

    private mutating func comeToRest() {
        for node in nodes {
            node.log.script = ScriptedLog.Script()
            node.reconnect()
            node.setLate(false)
            node.log.release()
            // Before the loops run, what comes out is what was held.
            let kept = clients.filter { $0.isOpen && $0.node === node }.reduce(0) { $0 + $1.recover() }
            let limit = node.hub.settings.bufferTotalBytes
            if kept > limit { violations.append("\(kept) bytes were kept for all streams, \(limit) are allowed") }
            node.run()
        }
        check()
        // As long as a read is tried again at the latest, and an id waited for.
        advance(by: 11_000)
    }

    private mutating func checkAtRest() {
        let history = store.history
        for client in clients where client.isOpen {
            violations += client.checkComplete(against: history, now: store.clock()).map { "\(client.name): \($0)" }
        }
        for node in nodes { checkAtRest(node) }
        let data = history.entries.map { String(buffer: $0.event.data) }
        if Set(data).count != data.count { violations.append("an event is in the log twice: \(data)") }
        let unanswered = requests.count { !$0.isAnswered }
        if unanswered > 0 { violations.append("\(unanswered) requests were never answered") }
    }

    private mutating func checkAtRest(_ node: SimulatedNode) {
        let open = clients.filter { $0.isOpen && $0.node === node }.count
        let (counts, streams) = (node.hub.metrics.counts, node.hub.hub.streamCount)
        if streams != open { violations.append("\(streams) streams counted, \(open) are open") }
        if counts.behind != 0 { violations.append("\(counts.behind) streams are counted as behind, at rest") }
        if counts.delayed != 0 { violations.append("\(counts.delayed) streams are counted as delayed, at rest") }
        let ended = counts.ended.values.reduce(0, +)
        if counts.opened - ended != open { violations.append("\(counts.opened) opened, \(ended) ended, \(open) open") }
    }
}
