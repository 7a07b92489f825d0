// What publishers, probes and operators are told of the log's durability, by what was configured and what the servers
// say. A value.

internal import NATSMonitor

/// What an acknowledged event is worth at present.
struct DurabilityStanding: Sendable, Equatable {
    /// In one word, for `Sluice-Durability` and the metric: `full`, `replicated`, or `single`.
    let word: String
    /// Whether it is less than what was configured.
    let isBroken: Bool
    /// For `/readyz`, in one line.
    let note: String

    static let words = ["full", "replicated", "single"]

    /// - Parameter verdict: nothing where there are no monitors.
    init(
        _ wanted: GatewayConfiguration.Log.Durability, replicas: Int, by verdict: DurabilityVerdict?
    ) {
        let plain = replicas > 1 ? "replicated" : "single"
        guard wanted == .full else {
            self.init(word: plain, isBroken: false, note: Self.plainNote(plain, verdict))
            return
        }
        guard let verdict, verdict.refutations.isEmpty else {
            let reasons = verdict?.refutations.joined(separator: "; ") ?? "nobody was asked"
            self.init(
                word: plain, isBroken: true, note: "durability: \(plain), not full as configured: \(reasons)")
            return
        }
        self.init(word: "full", isBroken: false, note: "durability: full: \(Self.count(verdict))")
    }

    private init(word: String, isBroken: Bool, note: String) {
        (self.word, self.isBroken, self.note) = (word, isBroken, note)
    }

    private static func plainNote(_ word: String, _ verdict: DurabilityVerdict?) -> String {
        guard let verdict else { return "durability: \(word): no server was asked (log.jetstream.monitor)" }
        return verdict.refutations.isEmpty
            ? "durability: \(word): \(count(verdict))"
            : "durability: \(word): \(verdict.refutations.joined(separator: "; "))"
    }

    private static func count(_ verdict: DurabilityVerdict) -> String {
        let count = verdict.serverIDs.count
        let servers = count == 1 ? "1 server says that it syncs" : "\(count) servers say that they sync"
        let rest = verdict.unasked.isEmpty ? "" : "; \(verdict.unasked.count) could not be asked"
        return "\(servers) always\(rest)"
    }
}
