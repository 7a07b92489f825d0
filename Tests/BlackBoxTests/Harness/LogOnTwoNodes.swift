// One log as two nodes have it: what is appended goes in by the one and by the other in turn, and is asked of the
// first. So each promise that a test tries is one that holds whichever node an event came by.

import EventLog
import EventLogPromises
import JetStreamEventLog
import NATSClient
import Synchronization
import Testing

/// Two nodes of one store, as one log.
final class LogOnTwoNodes: EventLog {
    private let nodes: [JetStreamEventLog]
    private let clients: [NATSClient]
    private let turn = Atomic<Int>(0)
    /// How far whoever follows was woken; nothing while nobody does.
    private let woken = Mutex<Position?>(nil)

    private var first: JetStreamEventLog { nodes[0] }

    /// Opens both.
    init(_ settings: JetStreamSettings, _ url: String, clock: ManualClock) async throws {
        var (clients, nodes): ([NATSClient], [JetStreamEventLog]) = ([], [])
        for _ in 1...2 {
            let client = NATSClient(NATSConfiguration(servers: [try ServerAddress(url)]))
            try await client.start()
            clients.append(client)
            nodes.append(
                try await JetStreamEventLog.open(
                    settings, client: client, clock: { clock.now }, random: { .random(in: .min ... .max) },
                    report: { _ in }))
        }
        (self.clients, self.nodes) = (clients, nodes)
    }

    func append(_ batch: EventBatch, completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void) {
        let node = nodes[turn.wrappingAdd(1, ordering: .relaxed).newValue % nodes.count]
        node.append(batch) { result in
            guard case .success(let appended) = result, let last = appended.receipts.last?.id.sequence else {
                return completion(result)
            }
            Task {
                try? await eventually("both nodes have it") { self.areThere(last) }
                completion(result)
            }
        }
    }

    private func areThere(_ position: Position) -> Bool {
        nodes.allSatisfy { $0.head >= position } && woken.withLock { ($0 ?? .max) >= position }
    }

    func follow(_ tail: Tail) {
        let told = Mutex<Position>(0)
        woken.withLock { $0 = 0 }
        first.follow(
            Tail { element in
                tail.take(element)
                if case .events(let events) = element { told.withLock { $0 = events.last?.sequence ?? $0 } }
            } wake: {
                tail.wake()
                let position = told.withLock { $0 }
                self.woken.withLock { $0 = position }
            })
    }

    func close() async {
        for node in nodes { await node.close() }
        for client in clients { await client.shutdown() }
    }

    var epoch: Epoch { first.epoch }
    var head: Position { first.head }
    var extent: LogExtent { first.extent }
    var isShared: Bool { true }
    var health: LogHealth { first.health }

    func end(of epoch: Epoch) -> Position? { first.end(of: epoch) }

    func read(
        after place: LoggedEventID, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void
    ) { first.read(after: place, for: interest, byteLimit: byteLimit, completion: completion) }

    func revoke(_ revocation: Revocation, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        first.revoke(revocation, completion: completion)
    }

    func record(_ order: SessionOrder, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        first.record(order, completion: completion)
    }
}
