// What publishers, probes and operators are told of the log's durability, by what was configured and what the servers
// say. A value.

internal import JetStreamEventLog
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

    /// For how long what was verified is believed while most servers can't be asked. A monitor may be slow, or cut off
    /// for a moment, and nothing has changed.
    static let patience = Duration.seconds(30)

    /// - Parameters:
    ///   - verdict: nothing where there are no monitors.
    ///   - age: how long ago ``verifies(_:)`` was true, with no server saying otherwise since.
    ///   - changes: how the log's streams differ from what they have to be.
    init(
        _ wanted: GatewayConfiguration.Log.Durability, replicas: Int, by verdict: DurabilityVerdict?,
        verified age: Duration? = nil, changes: [StreamDifference] = []
    ) {
        let broken = changes.filter(\.breaksPromise)
        guard broken.isEmpty else {
            // What the streams are by now decides what an event is worth, whatever the servers' disks do.
            let reasons = broken.map(\.description).joined(separator: "; ")
            self.init(word: "single", isBroken: true, note: "durability: less than configured: \(reasons)")
            return
        }
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
        if Self.verifies(verdict) {
            self.init(word: "full", isBroken: false, note: "durability: full: \(Self.count(verdict))")
        } else if let age, age <= Self.patience {
            let note = "durability: full as of \(age.components.seconds) s ago; now only \(Self.count(verdict))"
            self.init(word: "full", isBroken: false, note: note)
        } else {
            let note = "durability: \(plain), not full as configured: only \(Self.count(verdict))"
            self.init(word: plain, isBroken: true, note: note)
        }
    }

    /// Whether most of the servers have said that they sync always, and none otherwise.
    ///
    /// A server that is away acknowledges nothing. But when most can't be asked, either nothing is acknowledged, or one
    /// of these does it, and nobody knows how.
    static func verifies(_ verdict: DurabilityVerdict) -> Bool {
        verdict.refutations.isEmpty && verdict.serverIDs.count > verdict.unasked.count
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
