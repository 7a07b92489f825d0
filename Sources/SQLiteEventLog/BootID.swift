// Which boot of the machine this is. It serves only to tell whether the machine has restarted since a file was last
// used.

internal import Foundation

/// The kernel's name for the time since the machine started.
enum BootID {
    /// Nil where the system does not tell. A restart has to be assumed then.
    static func current() -> String? {
        guard let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8) else {
            return nil
        }
        let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return name.isEmpty ? nil : name
    }
}
