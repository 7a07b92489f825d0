// What a publisher's answer can be believed to mean at present: what the log's servers were seen to do, not what was
// configured. Whoever looks at them keeps it true; each publish request asks.

internal import HTTPServing
internal import HTTPTypes
internal import Synchronization

/// How safe an event is that the log has taken. Asked and told on any thread.
package final class LogPromise: Sendable {
    private struct Now {
        let durability: String?
        let isBroken: Bool
        /// For publishers that are no pages: all who are none get the same.
        let json: AnswerHead
        let ndjson: AnswerHead

        init(_ durability: String?, isBroken: Bool = false) {
            self.durability = durability
            self.isBroken = isBroken
            json = LogPromise.head(.json, durability, CORSPolicy.vary)
            ndjson = LogPromise.head(.ndjson, durability, CORSPolicy.vary)
        }
    }

    private let now: Mutex<Now>

    /// - Parameter durability: in one word, for `Sluice-Durability`; nothing where nobody looks.
    package init(durability: String? = nil) { now = Mutex(Now(durability)) }

    /// Notes what was seen.
    ///
    /// - Parameters:
    ///   - durability: in one word.
    ///   - isBroken: whether it is less than what was configured: then nothing more is taken.
    package func update(durability: String, isBroken: Bool) {
        let next = Now(durability, isBroken: isBroken)
        now.withLock { $0 = next }
    }

    /// The head of an answer that tells of events in the log.
    ///
    /// - Parameter cors: what CORS has the answer to a page say; nothing for who is no page.
    func head(_ format: PublishFormat, cors: HTTPFields?) -> AnswerHead {
        guard let cors else { return now.withLock { format == .json ? $0.json : $0.ndjson } }
        return Self.head(format, now.withLock { $0.durability }, cors)
    }

    private static func head(_ format: PublishFormat, _ durability: String?, _ cors: HTTPFields) -> AnswerHead {
        var fields = fields(format)
        if let durability { fields[durabilityField] = durability }
        return AnswerHead(.ok, fields + cors)
    }

    /// What every answer to a publish request has, but for a refusal of all of it.
    static func fields(_ format: PublishFormat) -> HTTPFields {
        [.contentType: format == .json ? "application/json" : "application/x-ndjson", .cacheControl: "no-store"]
    }

    // The name is one that a field may have (RFC 9110 §5.1).
    private static let durabilityField = HTTPField.Name("Sluice-Durability") ?? .server

    /// Whether the log keeps events as safely as it was configured to.
    var isKept: Bool { !now.withLock { $0.isBroken } }

    /// Refuses to publish what would be less safe than publishers were promised (guarantee 2 of the gateway).
    func admit() throws(Problem) {
        guard !isKept else { return }
        throw .logUnavailable("durability-lost", Self.advice)
    }

    private static let advice =
        "The servers of the gateway's event log keep events less safely at present than it was configured to demand; "
        + "its operator's log says how. Keep the event and send it again later."
}
