// Logs refused origins that are nearly allowed. A developer whose page is refused looks into the gateway's log, because
// browsers hide such a refusal from the page.

internal import GatewayRules
internal import Logging
internal import Synchronization

/// Writes one line for each refused origin that is nearly an allowed one, up to a limit.
final class NearOriginLog: Sendable {
    /// A stranger may send any port, so there are at most this many lines until the next start.
    static let limit = 32

    private let logger: Logger
    private let told = Mutex<Set<NearOrigin>>([])

    init(logger: Logger) {
        self.logger = logger
    }

    @Sendable func note(_ near: NearOrigin) {
        guard told.withLock({ $0.count < Self.limit && $0.insert(near).inserted }) else { return }
        logger.notice(
            "A page was refused: its origin is not in cors.origins, and one that is nearly it is.",
            metadata: ["origin": "\(near.refused)", "allowed": "\(near.allowed)"])
    }
}
