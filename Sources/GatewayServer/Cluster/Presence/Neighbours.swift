// Tells the other nodes of this one's streams, hears of theirs, and carries questions between them, over NATS beside
// the log. What is told and known are values: `PresenceTeller`, `NodePresence`.

internal import EventHub
internal import EventLog
internal import GatewayRules
internal import Logging
internal import NATSClient
internal import NIOCore
internal import Synchronization

/// A node's connection to the others.
final class Neighbours: StreamsElsewhere {
    private struct Known {
        var book: NodePresence
        /// Those that tell how far they are, of whatever version.
        var heard: Set<String> = []
        /// When this node began to listen; nothing before.
        var beganAt: NIODeadline?

        /// Whether others may be there that have had no time to say so.
        func lacksNodes(at now: NIODeadline) -> Bool {
            let isNew = beganAt.map { now < $0 + Neighbours.introduction } ?? true
            return isNew || !heard.isSubset(of: book.names)
        }
    }

    /// The digits of this node's name.
    let node: String
    let desk = QuestionDesk()
    private let client: NATSClient
    private let metrics: ClusterMetrics
    private let logger: Logger
    /// To all nodes; and the beginning of the subject of each.
    private let (toAll, prefix): (Subject, String)
    private let own: Subject
    /// What publishers and new streams ask: nobody holds it for longer than it takes to hear one message.
    private let known: Mutex<Known>
    /// For which settings the hub has been told who is in a topic elsewhere. Held while others' words are taken and
    /// passed on: the hub hears of one node's comings and goings in their order.
    private let attendance = Mutex<UInt32?>(nil)
    private let teller: Mutex<PresenceTeller>
    private let answering = Atomic(0)
    private let running = Mutex<Task<Void, Never>?>(nil)

    private static let interval = Duration.milliseconds(250)
    /// How many names are taken over at once: streams that open wait for the hub's lock meanwhile.
    private static let changesAtOnce = 1024
    /// How many questions are answered at a time.
    private static let mostAnswers = 16
    /// Within this time a node hears of all others: each says that it is there once a second.
    private static let introduction = TimeAmount.seconds(2)
    /// How long answers are waited for.
    static let patience = Duration.seconds(2)

    /// - Parameters:
    ///   - name: this node's.
    ///   - stream: `log.jetstream.stream`.
    ///   - byteLimit: `log.jetstream.presence_bytes`.
    init(
        _ client: NATSClient, name: String, stream: String, byteLimit: Int, metrics: ClusterMetrics, logger: Logger
    ) throws(NATSError) {
        node = NodeName.digits(of: name)
        (self.client, self.metrics, self.logger) = (client, metrics, logger)
        prefix = "\(stream).p."
        (toAll, own) = (try Subject(prefix + "all"), try Subject(prefix + node))
        known = Mutex(Known(book: NodePresence(own: node, byteLimit: byteLimit)))
        teller = Mutex(PresenceTeller(node: node))
    }

    // MARK: What is known

    func streamCount(for audience: Audience) -> Int { known.withLock { $0.book.streamCount(for: audience) } }

    func streamCount(ofUser user: String) -> Int {
        known.withLock { $0.book.streamCount(ofUser: user, at: .now()) }
    }

    /// All nodes that are heard, with this one.
    var nodes: Set<String> { known.withLock { $0.heard.union($0.book.names).union([node]) } }

    /// Other nodes have told how far they are.
    func heard(_ names: [String]) {
        let digits = Set(names.map(NodeName.digits).filter(NodeName.isDigits))
        known.withLock { $0.heard = digits }
    }

    /// A page of users, with what this node has at this moment.
    func users(of hub: EventHub, after name: String?, limit: Int) -> (page: [CountedNames.Entry], isIncomplete: Bool) {
        takeChanges(of: hub)
        // Copies that share all: the lock is not held while they are gone through.
        let own = teller.withLock { $0.users }
        let (others, isIncomplete) = known.withLock { known in
            (known.book.users, known.book.isIncomplete || known.lacksNodes(at: .now()))
        }
        return (CountedNames.page(of: others + [own], after: name, limit: limit), isIncomplete)
    }

    // MARK: Running

    /// Begins to tell and to hear.
    func start(_ hub: EventHub, isConnected: @escaping @Sendable () -> Bool) {
        known.withLock { $0.beganAt = NIODeadline.now() }
        running.withLock { $0 = Task { await run(hub, isConnected: isConnected) } }
    }

    /// Says that this node leaves, and ends.
    func stop() async {
        let task = running.withLock { $0.take() }
        task?.cancel()
        await task?.value
    }

    private func run(_ hub: EventHub, isConnected: @escaping @Sendable () -> Bool) async {
        await withTaskGroup(of: Void.self) { tasks in
            for subject in [toAll, own] { tasks.addTask { await self.listen(to: subject, hub) } }
            tasks.addTask {
                while !Task.isCancelled {
                    self.tell(hub, isConnected: isConnected())
                    try? await Task.sleep(for: Self.interval)
                }
            }
            await tasks.waitForAll()
        }
        send(teller.withLock { $0.farewell() }.json, to: toAll)
    }

    private func tell(_ hub: EventHub, isConnected: Bool) {
        takeChanges(of: hub)
        let (now, streams) = (NIODeadline.now(), hub.streamCount)
        pass(to: hub, at: now) { $0.forget(at: now, isConnected: isConnected) }
        let (wants, bytes) = known.withLock { ($0.book.wants(at: now), $0.book.bytes) }
        let news = teller.withLock { $0.next(at: now, streams: streams, wants: wants) }
        metrics.presenceBytes.set(Int64(bytes))
        // What is not sent is missed, and asked for.
        if isConnected { for message in news { send(message.json, to: toAll) } }
    }

    /// Under one lock: what is taken first is told first.
    private func takeChanges(of hub: EventHub) {
        var isThrough = false
        while !isThrough {
            isThrough = teller.withLock { teller in
                let changes = hub.takePresenceChanges(limit: Self.changesAtOnce)
                let notes = hub.takeAttendance(limit: Self.changesAtOnce)
                teller.take(changes)
                teller.take(notes)
                return max(changes.count, notes.changes.count) < Self.changesAtOnce
            }
        }
    }

    /// Changes what is known of other nodes, and tells the hub who has come and gone in topics there.
    private func pass(to hub: EventHub, at now: NIODeadline, _ change: (inout NodePresence) -> Void) {
        attendance.withLock { told in
            let generation = hub.attendanceGeneration
            let isNew = told != generation
            told = generation
            let (changes, words) = known.withLock { known in
                change(&known.book)
                let changes = known.book.takeChanges()
                let words = WordsElsewhere(
                    generation: generation, isIncomplete: known.book.hidesUsers || known.lacksNodes(at: now),
                    bytes: known.book.bookBytes)
                return (isNew ? known.book.attendance : changes, words)
            }
            hub.hearAttendance(changes, words, now: now)
        }
    }

    private func listen(to subject: Subject, _ hub: EventHub) async {
        while !Task.isCancelled {
            do {
                let subscription = try await client.subscribe(SubjectFilter(subject))
                for try await delivery in subscription {
                    guard case .message(let message) = delivery else { continue }
                    hear(Array(message.payload.readableBytesView), hub)
                }
            } catch {
                logger.warning(
                    "Other gateways' streams are not known: NATS lets this one listen to no subject of theirs.",
                    metadata: ["subject": "\(subject)", "cause": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(60))
        }
    }

    private func hear(_ json: [UInt8], _ hub: EventHub) {
        switch NodeMessage(json: json) {
        case .presence(let news):
            let now = NIODeadline.now()
            pass(to: hub, at: now) { $0.hear(news, at: now) }
            if news.wants.contains(node) { teller.withLock { $0.wanted() } }
        case .question(let question): answer(question, hub)
        case .answer(let answer): desk.take(answer)
        case nil: break
        }
    }

    // MARK: Questions

    /// Asks the other nodes, and waits for their answers for a while.
    func ask(_ question: NodeQuestion, of nodes: Set<String>) async -> (answers: [NodeAnswer], unanswered: [String]) {
        guard !nodes.isEmpty else { return ([], []) }
        desk.open(question.number, to: nodes)
        send(question.json, to: toAll)
        return await desk.answers(to: question.number, within: Self.patience)
    }

    private func answer(_ question: NodeQuestion, _ hub: EventHub) {
        guard NodeName.isDigits(question.asker), question.asker != node, node >= question.firstNode else { return }
        // Whoever asks more than that waits in vain, and is told so.
        guard answering.add(1, ordering: .relaxed).newValue <= Self.mostAnswers else {
            answering.subtract(1, ordering: .relaxed)
            return
        }
        Task {
            let start = question.firstNode == node ? question.after : nil
            let answer = await streams(of: question.user, after: start, limit: question.limit, hub, question.number)
            send(answer, to: question.asker)
            answering.subtract(1, ordering: .relaxed)
        }
    }

    /// This node's own answer.
    func streams(
        of user: String, after name: StreamName?, limit: Int, _ hub: EventHub, _ number: UInt64 = 0
    ) async -> NodeAnswer {
        let limit = min(max(1, limit), NodeAnswer.mostStreams)
        let streams = await hub.streams(of: user, after: name, limit: limit).map { ClusterStream($0, at: node) }
        var (answer, bytes) = (NodeAnswer(), 0)
        (answer.number, answer.node) = (number, node)
        answer.streams = Array(
            streams.prefix { stream in
                // One alone is told in any case.
                let isFirst = bytes == 0
                bytes += stream.json.count
                return isFirst || bytes <= NodeAnswer.longest
            })
        answer.isCut = answer.streams.count < streams.count
        return answer
    }

    /// Tells the node that had streams end how many that were here.
    func report(to question: EndQuestion, ended count: Int) {
        var answer = NodeAnswer()
        (answer.number, answer.node, answer.ended) = (question.number, node, count)
        if question.asker == node { desk.take(answer) } else { send(answer, to: question.asker) }
    }

    private func send(_ answer: NodeAnswer, to asker: String) {
        guard NodeName.isDigits(asker), let subject = try? Subject(prefix + asker) else { return }
        send(answer.json, to: subject)
    }

    private func send(_ json: [UInt8], to subject: Subject) {
        client.publish(Publication(ByteBuffer(bytes: json), to: subject)) { _ in }
    }
}
