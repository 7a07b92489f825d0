// How much memory there is for this process: the container's limit, or the machine's memory.

internal import Foundation

/// The least of the limits that hold for a process.
struct MachineMemory: Sendable, Equatable {
    /// How much there is.
    let bytes: Int
    /// Who says so, for the operator's words.
    let source: String

    /// What this process has; nothing when nobody says.
    static func current() -> MachineMemory? {
        smallest(
            files: [
                ("/sys/fs/cgroup/memory.max", "the cgroup's memory.max"),
                (unifiedPath, "the cgroup's memory.max"),
                ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "the cgroup's memory.limit_in_bytes"),
            ].map { (try? String(contentsOfFile: $0.0, encoding: .utf8), $0.1) },
            machine: try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8))
    }

    /// The process's own group, where the cgroup's root is mounted as it is (cgroup_namespaces(7)).
    private static var unifiedPath: String {
        let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        let line = groups.split(separator: "\n").first { $0.hasPrefix("0::") }
        return "/sys/fs/cgroup" + (line.map { String($0.dropFirst(3)) } ?? "") + "/memory.max"
    }

    /// - Parameters:
    ///   - files: what the groups' files say, each with its name. `max`, and numbers larger than the machine's, limit
    ///     nothing.
    ///   - machine: `/proc/meminfo`.
    static func smallest(files: [(text: String?, name: String)], machine: String?) -> MachineMemory? {
        let limits = files.compactMap { text, name in
            text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }.map {
                MachineMemory(bytes: $0, source: name)
            }
        }
        let total = machine.flatMap(total).map { MachineMemory(bytes: $0, source: "this machine") }
        return (limits + [total].compactMap(\.self)).min { $0.bytes < $1.bytes }
    }

    /// `MemTotal:       24684084 kB` (proc_meminfo(5)).
    private static func total(_ text: String) -> Int? {
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}
