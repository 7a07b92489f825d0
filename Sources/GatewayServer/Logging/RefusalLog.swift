// Why somebody did not get something, one line per refusal, within a quota: for who looks for the reason afterwards.

internal import HTTPServing
internal import Logging
internal import NIOCore
internal import Synchronization

/// Writes refusals into the log. Called on any event loop.
final class RefusalLog: Sendable {
    private let logger: Logger
    private let quota = Mutex(LineQuota())

    init(logger: Logger) { self.logger = logger }

    func write(_ refusal: Refusal) {
        guard logger.logLevel <= .info else { return }
        let ruling = quota.withLock { $0.rule(on: refusal.code, at: .now()) }
        guard case .write(let leftOut) = ruling else { return }
        logger.info("Refused.", metadata: Self.metadata(refusal, leftOut: leftOut))
    }

    private static func metadata(_ refusal: Refusal, leftOut: Int) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["code": "\(refusal.code)"]
        metadata["status"] = refusal.status.map { "\($0)" }
        metadata["method"] = refusal.method.map { "\(LogText($0, limit: shortText))" }
        // A token may stand where none belongs: what is no path of ours is not shown as a whole.
        metadata["path"] = refusal.path.map { "\(LogText($0, limit: shortText))" }
        metadata["origin"] = refusal.origin.map { "\(LogText($0))" }
        metadata["user"] = refusal.user.map { "\(LogText($0, limit: 256))" }
        metadata["client"] = refusal.client.map { "\($0)" }
        metadata["left_out"] = leftOut > 0 ? "\(leftOut)" : nil
        return metadata
    }

    /// Longer than any method and path that there is.
    private static let shortText = 24
}
