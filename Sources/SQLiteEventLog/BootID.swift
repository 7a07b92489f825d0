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
