// Who published what for whom: a line for each event, none left out, and never what is in it (`logging.audit`).

internal import EventLog
internal import GatewayRules
internal import Logging

/// Writes what was published into the log. Called on any thread.
struct AuditLog: Sendable {
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    @Sendable func note(_ request: PublishedRequest) {
        var metadata: Logger.Metadata = ["publisher": "\(LogText.name(request.publisher))"]
        metadata["client"] = request.client.map { "\($0)" }
        metadata.name(request.request)
        for event in request.events {
            var metadata = metadata
            metadata["id"] = "\(event.receipt.id)"
            metadata["streams"] = .stringConvertible(event.receipt.streams)
            metadata["audience"] = "\(event.audience.kind)"
            switch event.audience {
            case .user(let user): metadata["to"] = "\(LogText.name(user))"
            case .users(let users): metadata["to"] = .array(users.map { "\(LogText.name($0))" })
            case .topic(let topic): metadata["to"] = "\(LogText.name(topic))"
            case .everyone: break
            }
            logger.info("Published.", metadata: metadata)
        }
    }
}
