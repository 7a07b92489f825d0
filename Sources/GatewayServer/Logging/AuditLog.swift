// Who published what for whom: a line for each event, none left out, and never what is in it (`logging.audit`).

internal import EventLog
internal import GatewayRules
internal import Logging

/// Writes what was published into the log. Called on any thread; the event log has its writer's.
///
/// None is left out: when ``LineThread/mostBytes`` wait for their thread, whoever comes writes its line itself.
struct AuditLog: Sendable {
    /// How many of an event's users its line names.
    static let mostNames = 32

    private let logger: Logger
    private let thread: LineThread

    init(logger: Logger, on thread: LineThread) { (self.logger, self.thread) = (logger, thread) }

    @Sendable func note(_ request: PublishedRequest) {
        if !thread.run(request.cost, { write(request) }) { write(request) }
    }

    private func write(_ request: PublishedRequest) {
        var metadata: Logger.Metadata = ["publisher": "\(PeerName.shown(request.publisher))"]
        metadata["client"] = request.client.map { "\($0)" }
        metadata.name(request.request)
        if request.isRepeat { metadata["repeat"] = "true" }
        for event in request.events {
            var metadata = metadata
            metadata["id"] = "\(event.receipt.id)"
            metadata["streams"] = .stringConvertible(event.receipt.streams)
            metadata["audience"] = "\(event.audience.kind)"
            switch event.audience {
            case .user(let user): metadata["to"] = "\(PeerName.shown(user))"
            case .users(let users):
                metadata["to"] = .array(users.prefix(Self.mostNames).map { "\(PeerName.shown($0))" })
                if users.count > Self.mostNames { metadata["users"] = .stringConvertible(users.count) }
            case .topic(let topic): metadata["to"] = "\(PeerName.shown(topic))"
            case .everyone: break
            }
            logger.info("Published.", metadata: metadata)
        }
    }
}

extension PublishedRequest {
    /// The request's name and its trace's, which are short, and the list of its events.
    private static let recordBytes = 256

    /// What it takes up while it waits. Its names may be those of events that have left the log.
    fileprivate var cost: Int {
        events.reduce(Self.recordBytes + EventCost.bytes(ofText: publisher.utf8.count)) {
            $0 + EventCost.bytes(frameBytes: 0, audience: $1.audience)
        }
    }
}
