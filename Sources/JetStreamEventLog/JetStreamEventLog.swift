// The engine for more than one machine: events live in a stream of NATS JetStream, which all nodes write and tail. What
// a node holds of it is a copy: its window, its revocations and its sessions.

package import EventLog
package import NATSClient
internal import Synchronization

/// An event log on JetStream.
package final class JetStreamEventLog: SharedEventLog {
    private let publisher: EventPublisher
    private let probe: PublishProbe
    private let follower: LogFollower
    private let board: HealthBoard
    private let isClosed = Atomic(false)

    private init(
        _ publisher: EventPublisher, _ follower: LogFollower, _ board: HealthBoard, _ probe: PublishProbe
    ) {
        (self.publisher, self.follower, self.board, self.probe) = (publisher, follower, board, probe)
    }

    /// Opens a log: looks at its two streams, or makes them where that is wished, and reads what a node holds.
    ///
    /// - Parameters:
    ///   - client: connected. The log's as long as it is open, and shut down by whoever made it.
    ///   - clock: the time, for what ends by itself.
    ///   - random: 64 random bits.
    ///   - report: told what an operator has to know.
    /// - Throws: ``EventLogError`` that says what is missing, or which setting of a stream is not as it has to be.
    package static func open(
        _ settings: JetStreamSettings, client: NATSClient, clock: @escaping @Sendable () -> WallTime,
        random: @escaping @Sendable () -> UInt64, report: @escaping @Sendable (JetStreamNotice) -> Void
    ) async throws(EventLogError) -> JetStreamEventLog {
        let (store, board) = (JetStreamStore(settings, client: client), HealthBoard())
        let hands = FollowerHands(clock: clock, random: random, report: report)
        let opened = try await store.open(hands.freshEpoch)
        for stream in opened.made { report(.created(stream: stream)) }
        let probe = PublishProbe(board, store.api, settings.subjects)
        let follower = try await LogFollower.open(settings, store, opened, board, probe, hands)
        let memory = KeyMemory(own: follower.memory) { follower.askOthers(of: $0, $1, at: $2, then: $3) }
        let publisher = EventPublisher(settings, store.api, board, probe, memory, clock: clock, report: report)
        return JetStreamEventLog(publisher, follower, board, probe)
    }

    package var epoch: Epoch { follower.epoch }
    package var isShared: Bool { true }
    /// What each of the limits' keys takes up at most (``KeyBook``).
    package static let keyBytes = KeyBook.lineBytes
    package var health: LogHealth { board.health }

    package func watch(_ report: @escaping @Sendable (LogHealth) -> Void) { board.watch(report) }

    /// Publishes a note that is nobody's event, where nothing has been published for five seconds.
    package func probe(completion: @escaping @Sendable (EventLogError?) -> Void) { probe.prove(completion) }

    package func append(
        _ batch: EventBatch, completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void
    ) {
        guard !isClosed.load(ordering: .relaxed) else {
            return completion(.failure(EventLogError(.closed, "the log is closed")))
        }
        let mark = follower.progress.mark
        publisher.publish(batch) { [follower] outcome in
            follower.receive(outcome, of: mark, completion: completion)
        }
    }

    package func close() async {
        isClosed.store(true, ordering: .relaxed)
        probe.close()
        await publisher.settle()
        await follower.close()
    }
}

// MARK: - What the node knows of the log

extension JetStreamEventLog {
    package func end(of epoch: Epoch) -> Position? { follower.end(of: epoch) }

    package var oldestAt: WallTime? { follower.oldestAt }

    package var head: Position { follower.head }

    package var tailed: Position { follower.progress.position }

    package var extent: LogExtent { follower.extent }

    /// What the window's events are counted as, in bytes.
    package var windowBytes: Int { follower.windowBytes }

    /// What reads below the window have cost the servers.
    package var readTally: ReadTally { follower.readTally.withLock { $0 } }

    package func follow(_ tail: Tail) { follower.follow(tail) }

    package func read(
        after place: LoggedEventID, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void
    ) {
        follower.read(after: place, for: interest, byteLimit: byteLimit, completion: completion)
    }

    package func revoke(
        _ revocation: Revocation, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        follower.revoke(revocation, completion: completion)
    }

    package func revoke(
        _ revocation: Revocation, asked question: EndQuestion,
        completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        follower.revoke(revocation, asked: question, completion: completion)
    }

    package func record(
        _ order: SessionOrder, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        follower.record(order, completion: completion)
    }

    package func disconnect(
        _ order: Disconnection, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        follower.disconnect(order, completion: completion)
    }

    package func renew(
        _ renewal: SessionRenewal, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        follower.renew(renewal, completion: completion)
    }
}
