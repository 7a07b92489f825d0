// A disk that is soon full: a file system of its own in memory. It takes root, as installing the test's tools does.

import Foundation
import Glibc
import Testing

/// A small file system with a ballast that can be taken away.
final class SmallDisk: Sendable {
    private let folder: String
    private let ballast: String

    /// - Parameter megabytes: its size; half of it is ballast.
    init(_ workspace: Workspace, megabytes: Int) async throws {
        folder = workspace.path("disk")
        ballast = folder + "/ballast"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try #require(
            mount("tmpfs", folder, "tmpfs", 0, "size=\(megabytes)m") == 0,
            "a small disk can't be mounted (\(String(cString: strerror(errno)))): run the tests as root")
        try Data(repeating: 0, count: megabytes << 19).write(to: URL(fileURLWithPath: ballast))
    }

    deinit { umount2(folder, Int32(MNT_DETACH)) }

    func path(_ name: String) -> String { folder + "/" + name }

    /// Gives half of the disk back.
    func makeRoom() throws { try FileManager.default.removeItem(atPath: ballast) }
}
