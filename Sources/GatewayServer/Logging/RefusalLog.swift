// Why somebody did not get something, one line per refusal, within a quota: for who looks for the reason afterwards.

internal import HTTPServing
internal import Logging

/// Writes refusals into the log. Called on any event loop.
final class RefusalLog: Sendable {
    private let lines: QuotaLog
    private let recent: RecentNotices

    /// - Parameter recent: keeps the last ones, whatever the level of the log.
    init(_ lines: QuotaLog, recent: RecentNotices) { (self.lines, self.recent) = (lines, recent) }

    func write(_ refusal: Refusal) {
        recent.refused(refusal.code, by: Self.cause(of: refusal)) { Self.metadata(refusal) }
        lines.write(refusal.code, by: Self.cause(of: refusal)) { Self.metadata(refusal) }
    }

    private static func cause(of refusal: Refusal) -> String? { refusal.user ?? refusal.client.map { "\($0)" } }

    private static func metadata(_ refusal: Refusal) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["code": "\(refusal.code)"]
        metadata["status"] = refusal.status.map { .stringConvertible($0) }
        metadata["method"] = refusal.method.map { "\(LogText($0, limit: shortText))" }
        // A token may stand where none belongs: what is no path of ours is not shown as a whole.
        metadata["path"] = refusal.path.map { "\(LogText($0, limit: shortText))" }
        metadata["origin"] = refusal.origin.map { "\(LogText($0))" }
        metadata["user"] = refusal.user.map { "\(PeerName.shown($0))" }
        metadata["client"] = refusal.client.map { "\($0)" }
        metadata.name(refusal.requestID)
        return metadata
    }

    /// Longer than any method and path that there is.
    private static let shortText = 24
}
