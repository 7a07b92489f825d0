// Who was connected, and from when to when: a line at a stream's opening and one at its end, within a quota by reason,
// so that a storm of reconnects does not become a storm of lines.

internal import EventHub
internal import EventLog
internal import Logging
internal import NIOCore

/// Writes into the log that streams open and end. Called on any event loop, and never on an event's way.
final class StreamLog: Sendable {
    private let opened: QuotaLog
    private let ended: QuotaLog

    init(opened: QuotaLog, ended: QuotaLog) { (self.opened, self.ended) = (opened, ended) }

    func opened(_ stream: StreamLife) {
        opened.write("opened", by: stream.interest.user) {
            var metadata = Self.metadata(stream)
            metadata["http"] = "\(stream.httpVersion.rawValue)"
            metadata["client"] = stream.address.map { "\(LogText($0))" }
            metadata["request"] = stream.request.map { "\($0)" }
            metadata["topics"] = .stringConvertible(stream.interest.topics.count)
            return metadata
        }
    }

    func ended(_ stream: StreamLife, _ reason: StreamEnd) {
        ended.write(reason.rawValue, by: stream.interest.user) {
            var metadata = Self.metadata(stream)
            metadata["reason"] = "\(reason.rawValue)"
            metadata["seconds"] = .stringConvertible(Double(stream.age.nanoseconds / 1_000_000) / 1000)
            metadata["events"] = .stringConvertible(stream.events)
            metadata["behind"] = stream.isBehind ? "true" : nil
            return metadata
        }
    }

    private static func metadata(_ stream: StreamLife) -> Logger.Metadata {
        [
            "stream": "\(stream.name)", "user": "\(PeerName.shown(stream.interest.user))",
            "last_id": "\(stream.lastEventID)",
        ]
    }
}
