// Tells the other nodes each second how far this one is, hears how far they are, and acts on it: the probe for streams
// turns red where this node lags and others don't, and a node that is cut off for long sends its streams away.

internal import EventHub
internal import EventLog
internal import Logging
internal import NATSClient
internal import NIOCore
internal import Synchronization

/// One node's eye on the others.
final class ProgressWatch: Sendable {
    /// What it needs of the gateway.
    struct Parts: Sendable {
        let client: NATSClient
        let name: String
        let stream: String
        let log: any EventLog
        let hub: EventHub
        let health: Health
        let metrics: ClusterMetrics
        let logger: Logger
        /// Whether there is a connection to NATS.
        let isConnected: @Sendable () -> Bool
        /// Asks servers, by another way, whether other nodes are connected to them.
        let otherClients: @Sendable () async -> NodeBook.Others
        /// Told the names of the other nodes that are heard.
        let heard: @Sendable ([String]) -> Void
        /// What the log has in memory of the newest events.
        let windowBytes: @Sendable () -> Int
        /// How long streams that are sent away take to go.
        let window: @Sendable () -> TimeAmount
    }

    private struct State {
        var book = NodeBook()
        var giveUp: GiveUp
        var wasOvertaken = false
    }

    private let parts: Parts
    private let subject: Subject
    private let state: Mutex<State>

    private static let interval = Duration.seconds(1)

    /// - Parameter limit: `log.jetstream.give_up`.
    init(_ parts: Parts, giveUpAfter limit: TimeAmount) throws(NATSError) {
        self.parts = parts
        // No stream's: who is not there does not hear it.
        subject = try Subject("\(parts.stream).p")
        state = Mutex(State(giveUp: GiveUp(after: limit)))
    }

    /// Watches until it is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.listen() }
            tasks.addTask {
                while !Task.isCancelled {
                    await self.look()
                    try? await Task.sleep(for: Self.interval)
                }
            }
            await tasks.waitForAll()
        }
    }

    private func listen() async {
        while !Task.isCancelled {
            do {
                let subscription = try await parts.client.subscribe(SubjectFilter(subject))
                for try await delivery in subscription {
                    guard case .message(let message) = delivery else { continue }
                    hear(Array(message.payload.readableBytesView))
                }
            } catch {
                parts.logger.warning(
                    "Other gateways can't be heard: NATS lets this one listen to no subject of theirs.",
                    metadata: ["cause": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(60))
        }
    }

    private func hear(_ json: [UInt8]) {
        guard let news = NodeNews(json: json), !news.node.utf8.elementsEqual(parts.name.utf8) else { return }
        state.withLock { $0.book.hear(news, at: .now()) }
    }

    private func look() async {
        let log = parts.log
        let own = NodeNews(
            node: parts.name, epoch: "\(log.epoch)", sequence: log.tailed, isCurrent: log.health.cutOffSince == nil)
        let isConnected = parts.isConnected()
        parts.metrics.windowBytes.set(Int64(parts.windowBytes()))
        if isConnected {
            let publication = Publication(ByteBuffer(bytes: own.json), to: subject)
            parts.client.publish(publication) { _ in }
        }
        // Who has no connection hears nobody.
        let asked = own.isCurrent || isConnected ? NodeBook.Others.unheard : await parts.otherClients()
        judge(own, asked, at: .now())
    }

    private func judge(_ own: NodeNews, _ asked: NodeBook.Others, at now: NIODeadline) {
        let (names, isOvertaken, wasOvertaken, givesUp) = state.withLock { state in
            let heard = state.book.others(at: now)
            let isOvertaken = state.book.isOvertaken(own, at: now) || !own.isCurrent && asked == .current
            defer { state.wasOvertaken = isOvertaken }
            let givesUp = state.giveUp.look(
                isCutOff: !own.isCurrent, others: asked == .unheard ? heard : asked, at: now)
            return (state.book.names(at: now), isOvertaken, state.wasOvertaken, givesUp)
        }
        parts.metrics.nodes.set(Int64(names.count + 1))
        parts.heard(names)
        parts.metrics.overtaken.set(Int64(isOvertaken ? 1 : 0))
        parts.health.isOvertaken = isOvertaken
        if isOvertaken != wasOvertaken { tell(isOvertaken) }
        if givesUp { sendAway() }
    }

    private func tell(_ isOvertaken: Bool) {
        parts.logger.warning(
            isOvertaken
                ? "This gateway lags behind others: the probe for streams says so."
                : "This gateway lags behind no other one any more.")
    }

    private func sendAway() {
        parts.logger.error(
            "Cut off from NATS for too long (log.jetstream.give_up): streams are ended, to find another gateway.",
            metadata: ["streams": .stringConvertible(parts.hub.streamCount)])
        parts.hub.sendAway(over: parts.window())
    }
}
