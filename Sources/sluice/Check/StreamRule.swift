// Whether what was opened through the public URL is an event stream, by its head and by when its bytes came. A rule
// without IO.

import Foundation
import GatewayClient
import GatewayServer

/// Judges an event stream by what came and when.
struct StreamRule: Sendable {
    /// How long the first bytes may take: the gateway sends them with the head.
    static let patience = Duration.seconds(5)
    /// A longer delay behind the head is not the network's.
    private static let delay = Duration.seconds(2)

    let cors: CORSRule
    /// For how long a heartbeat was waited for.
    let watched: Duration

    /// Whether the text of a stream has a heartbeat: a comment line, with which no stream begins.
    static func hasHeartbeat(_ text: String) -> Bool {
        text.split(separator: "\n").contains { $0.first == ":" }
    }

    /// Judges all of it.
    ///
    /// - Parameter answer: what was seen; `nil` when not even the head came.
    func findings(_ answer: ProbeAnswer?) -> [CheckFinding] {
        guard let answer else { return [CheckFinding(.wrong, "buffering", Self.headless)] }
        if let trouble = headTrouble(answer) { return [CheckFinding(.wrong, "stream", trouble)] }
        let found = [stream(answer), buffering(answer)]
        return found[1].outcome == .wrong ? found : found + [heartbeat(answer)]
    }

    private func headTrouble(_ answer: ProbeAnswer) -> String? {
        guard answer.status == 200 else {
            let reason = answer.problem.map { "\(answer.status) \($0.code): \($0.detail)" } ?? "status \(answer.status)"
            return "is refused (\(reason)), and EventSource gives up for good on any status but 200"
        }
        if let trouble = cors.trouble(answer) { return trouble }
        let type = answer.values("Content-Type").first ?? "none"
        guard type.prefix(while: { $0 != ";" }).trimmingCharacters(in: .whitespaces).lowercased() == "text/event-stream"
        else {
            return
                "has the Content-Type \(type), and EventSource takes text/event-stream only; does --url lead to the gateway?"
        }
        guard let rejected = Self.rejection(answer.body) else { return nil }
        return "was opened and ended at once: \(rejected)"
    }

    /// What `sluice.rejected` said.
    private static func rejection(_ text: String) -> String? {
        guard let event = text.range(of: "event: sluice.rejected\n") else { return nil }
        let data = text[event.upperBound...].prefix { $0 != "\n" }
        return String(data.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F })
    }

    private func stream(_ answer: ProbeAnswer) -> CheckFinding {
        if let coding = answer.values("Content-Encoding").first, coding.lowercased() != "identity" {
            return CheckFinding(
                .doubtful, "stream",
                "is compressed on its way (Content-Encoding: \(coding)), and compressors hold small events back; leave out "
                    + "text/event-stream there (nginx: gzip off)")
        }
        guard answer.values("Vary").contains(where: { $0.lowercased().contains("origin") }) else {
            return CheckFinding(
                .doubtful, "stream",
                "is open, but Vary: Origin was taken away, so that a cache may mix up pages' answers")
        }
        return CheckFinding(.fine, "stream", "is open, and \(cors.origin) may read it")
    }

    private func buffering(_ answer: ProbeAnswer) -> CheckFinding {
        let subject = "buffering"
        if let wish = answer.values("X-Accel-Buffering").first, wish.lowercased() != "no" {
            return CheckFinding(
                .wrong, subject,
                "is asked for by X-Accel-Buffering: \(wish), which the gateway sets to no; a proxy changes it")
        }
        guard let body = answer.bodyAfter else {
            let seconds = Self.patience.components.seconds
            return CheckFinding(
                .wrong, subject,
                "holds events back: the head came, but none of the body within \(seconds) s; " + Self.advice)
        }
        guard body - answer.headAfter < Self.delay else {
            return CheckFinding(
                .wrong, subject,
                "holds events back: the first bytes came \(Self.text(body - answer.headAfter)) behind the head; "
                    + Self.advice)
        }
        return CheckFinding(.fine, subject, "is none: the first bytes came after \(Self.text(body))")
    }

    private static let headless =
        "holds the stream back: other answers came, but of the stream not even the head within "
        + "\(patience.components.seconds) s; " + advice

    private static let advice =
        "switch it off for /v1/stream in every proxy on the way (nginx: proxy_buffering off, and no proxy_ignore_headers "
        + "X-Accel-Buffering; HAProxy: no compression; a CDN: no caching and no response buffering)"

    private func heartbeat(_ answer: ProbeAnswer) -> CheckFinding {
        if let after = answer.awaitedAfter {
            return CheckFinding(.fine, "heartbeat", "came through after \(Self.text(after))")
        }
        guard !answer.isComplete else {
            return CheckFinding(
                .wrong, "heartbeat",
                "did not come: the stream was ended before; set the timeouts of every proxy on the way above stream.heartbeat"
            )
        }
        return CheckFinding(
            .doubtful, "heartbeat",
            "did not come within \(watched.components.seconds) s; give --watch more than stream.heartbeat, and set that below "
                + "the idle timeout of every proxy on the way")
    }

    private static func text(_ time: Duration) -> String {
        time < .seconds(1)
            ? "\(Int(time / .milliseconds(1))) ms" : String(format: "%.1f s", time / .seconds(1))
    }
}
