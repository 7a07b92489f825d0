// Which run of the machine this is. Only for telling whether it has restarted since a file was last used.

internal import Foundation

/// The kernel's name for the time since the machine started.
enum BootID {
    /// Nothing where the system does not tell: then a restart has to be assumed.
    static func current() -> String? {
        guard let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8) else {
            return nil
        }
        let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return name.isEmpty ? nil : name
    }
}

/// How a log's file was last used: what the next one to open it has to judge it by.
struct LastUse: Equatable {
    let durability: Durability
    /// Whether the log was closed, and so everything synced.
    let wasClosed: Bool
    let bootID: String?

    /// Whether events may be missing from the file that publishers were told are safe: the machine may have stopped with
    /// some of them in its memory only.
    func mayHaveLostEvents(bootID today: String?) -> Bool {
        guard durability == .normal, !wasClosed else { return false }
        guard let bootID, let today else { return true }
        return bootID != today
    }
}
