// Who has a port or a log's file that a configuration names: a running gateway, as an operator expects when `sluice
// check` runs beside it, or another program. It only reads /proc. Where that does not tell, it says nothing.

internal import Foundation
internal import Glibc

/// A process that holds what the gateway needs.
struct PortHolder: Sendable, Equatable, CustomStringConvertible {
    /// Its number.
    let process: Int32
    /// Its program, as /proc/PID/comm names it.
    let program: String

    /// Whether it is this program. A restart stops it, and then it releases all that it holds.
    var isSluice: Bool { program == Self.ownName }

    /// Whether it is systemd, which listens for the services of its socket units.
    var isServiceManager: Bool { program == "systemd" }

    /// `nginx (process 1234)`.
    var description: String { isSluice ? "a running gateway (process \(process))" : "\(program) (process \(process))" }

    /// The name that the kernel has for this program, at most 15 bytes.
    static let ownName = "sluice"

    /// Finds who listens where a gateway would.
    ///
    /// - Returns: nil when nobody does, and when this user may not know.
    static func find(address: String, port: Int) -> PortHolder? {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map { text($0) }
        let sockets = tables.flatMap { ListeningSocket.all(in: $0, inTheWayOf: address, port: port) }
        guard !sockets.isEmpty else { return nil }
        let processes = processes()
        let links = Set(sockets.map { "socket:[\($0.inode)]" })
        if let found = processes.first(where: { has(one: links, $0) }) { return holder(found) }
        // Another user's descriptors can't be seen. But the socket's owner can, and what that user runs.
        let users = Set(sockets.map(\.user))
        let candidates = processes.filter { users.contains(user(of: $0) ?? .max) }.compactMap(holder)
        return candidates.first(where: \.isSluice)
    }

    /// Finds who has a log's file open.
    ///
    /// - Parameter path: the log's.
    static func find(log path: String) -> PortHolder? {
        var status = stat()
        guard stat(path + "-lock", &status) == 0 else { return nil }
        return FileLockTable.holder(of: UInt64(status.st_ino), in: text("/proc/locks")).flatMap(holder)
    }

    /// Finds the other programs that read a log's file within a transaction.
    ///
    /// - Parameter path: the log's.
    static func readers(of path: String) -> [PortHolder] {
        var status = stat()
        guard stat(path + "-shm", &status) == 0 else { return [] }
        let processes = FileLockTable.readers(ofIndex: UInt64(status.st_ino), in: text("/proc/locks"))
        return processes.subtracting([getpid()]).sorted().compactMap(holder)
    }

    private static func holder(_ process: Int32) -> PortHolder? {
        let name = text("/proc/\(process)/comm").split(separator: "\n").first
        return name.map { PortHolder(process: process, program: String($0)) }
    }

    private static func processes() -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [])
            .compactMap { Int32($0) }.filter { $0 != getpid() }.sorted()
    }

    private static func has(one links: Set<String>, _ process: Int32) -> Bool {
        let folder = "/proc/\(process)/fd"
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return descriptors.contains { descriptor in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(descriptor)")
            return target.map(links.contains) ?? false
        }
    }

    private static func user(of process: Int32) -> UInt32? {
        var status = stat()
        return stat("/proc/\(process)", &status) == 0 ? status.st_uid : nil
    }

    /// Files of /proc have no size, so they are read to their end.
    private static func text(_ path: String) -> String {
        guard let file = FileHandle(forReadingAtPath: path) else { return "" }
        defer { try? file.close() }
        return String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
    }
}
