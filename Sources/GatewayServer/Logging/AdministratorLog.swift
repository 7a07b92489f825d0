// Who has revoked tokens or ended streams: a line for each time, since it is seldom and must not be missed. Refusals
// are `RefusalLog`'s.

internal import EventLog
internal import GatewayRules
internal import Logging

/// Writes what administrators do into the log. Called on any thread.
struct AdministratorLog: Sendable {
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    func note(_ act: AdministratorAct) {
        logger.info("An administrator acted.", metadata: Self.metadata(act))
    }

    private static func metadata(_ act: AdministratorAct) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["administrator": name(act.administrator)]
        metadata["client"] = act.client.map { "\($0)" }
        switch act.deed {
        case .revoke(let target, let issuedBefore):
            metadata["act"] = "revoke"
            switch target {
            case .token(let tokenID): metadata["jti"] = name(tokenID)
            case .user(let user): metadata["sub"] = name(user)
            case .everyone: metadata["everyone"] = "true"
            }
            metadata["issued_before"] = issuedBefore.map { "\($0)" }
        case .kick(let user, let stream, let isRetryable):
            metadata["act"] = "kick"
            metadata["user"] = name(user)
            metadata["stream"] = stream.map { "\($0)" }
            metadata["retryable"] = "\(isRetryable)"
        }
        switch act.result {
        case .ended(let streams): metadata["streams_ended"] = "\(streams)"
        case .failed(let code): metadata["failed"] = "\(code)"
        }
        return metadata
    }

    private static func name(_ text: String) -> Logger.MetadataValue { "\(PeerName.shown(text))" }
}
