// Whether all streams behind one URL come from one event log. A rule without IO.

import GatewayServer

/// Judges the beginnings of streams that were opened at the same time.
///
/// When two gateways behind one address each have an event log of their own, half of the streams miss half of the
/// events, and nobody is told.
struct EventLogRule: Sendable {
    /// How many streams are opened. A balancer that takes turns or counts connections gives each gateway one of them.
    static let streams = 4

    private static let subject = "event log"

    /// Whether a stream has said where it begins.
    static func hasBegun(_ text: String) -> Bool { epoch(in: text) != nil }

    /// The epoch of the log that a stream begins in: its `sluice.open` has an id `<epoch>-<sequence>`.
    static func epoch(in text: String) -> Substring? {
        var block: [Substring] = []
        // The last part is no whole line yet.
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            guard line.isEmpty else {
                block.append(line)
                continue
            }
            if block.contains("event: sluice.open"), let id = block.first(where: { $0.hasPrefix("id: ") }),
                let dash = id.lastIndex(of: "-")
            {
                return id[..<dash].dropFirst("id: ".count)
            }
            block = []
        }
        return nil
    }

    /// Judges what the streams began with.
    ///
    /// - Parameter beginnings: the text of each stream so far.
    func finding(_ beginnings: [String]) -> CheckFinding {
        let epochs = Set(beginnings.compactMap(Self.epoch)).sorted()
        switch epochs.count {
        case 0: return CheckFinding(.doubtful, Self.subject, "was not seen: no stream said where it begins")
        case 1: return CheckFinding(.fine, Self.subject, "is one: \(beginnings.count) streams begin in \(epochs[0])")
        default:
            return CheckFinding(
                .wrong, Self.subject,
                "is \(epochs.count) behind one address (\(epochs.joined(separator: ", "))): an event that is published at one "
                    + "gateway does not reach the streams of another; let one serve, and the others be its standby (nginx: "
                    + "backup; HAProxy: backup)")
        }
    }
}
