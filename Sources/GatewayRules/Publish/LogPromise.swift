// What a publisher's answer can be believed to mean at present: what the log's servers were seen to do, not what was
// configured. Whoever looks at them keeps it true; each publish request asks.

internal import HTTPServing
internal import HTTPTypes
internal import Synchronization

/// How safe an event is that the log has taken. Asked and told on any thread.
package final class LogPromise: Sendable {
    private struct Now {
        var durability: String?
        var isBroken = false
    }

    private let now: Mutex<Now>

    /// - Parameter durability: in one word, for `Sluice-Durability`; nothing where nobody looks.
    package init(durability: String? = nil) { now = Mutex(Now(durability: durability)) }

    /// Notes what was seen.
    ///
    /// - Parameters:
    ///   - durability: in one word.
    ///   - isBroken: whether it is less than what was configured: then nothing more is taken.
    package func update(durability: String, isBroken: Bool) {
        now.withLock { $0 = Now(durability: durability, isBroken: isBroken) }
    }

    /// What an answer says that tells of events in the log.
    var durability: String? { now.withLock { $0.durability } }

    /// Refuses to publish what would be less safe than publishers were promised (guarantee 2 of the gateway).
    func admit() throws(Problem) {
        guard now.withLock({ $0.isBroken }) else { return }
        throw .logUnavailable("durability-lost", Self.advice)
    }

    private static let advice =
        "The servers of the gateway's event log keep events less safely at present than it was configured to demand; "
        + "its operator's log says how. Keep the event and send it again later."
}

extension Answer {
    /// The answer to who has published, with what that means.
    func promising(_ durability: String?) -> Answer {
        guard let durability else { return self }
        var answer = self
        answer.fields[Self.durabilityField] = durability
        return answer
    }

    // The name is one that a field may have (RFC 9110 §5.1).
    private static let durabilityField = HTTPField.Name("Sluice-Durability") ?? .server
}
