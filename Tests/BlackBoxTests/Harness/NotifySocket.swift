// A service manager's socket, as systemd gives its services one (sd_notify(3)).

import Foundation
import Glibc
import Testing

/// Takes what a gateway says of itself. It is to be read often: the system keeps but a few messages (`max_dgram_qlen`,
/// unix(7)).
final class NotifySocket: Sendable {
    /// For `NOTIFY_SOCKET`: abstract, so that there is no file to remove.
    let name = "@sluice-\(UUID().uuidString)"
    private let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)

    init() throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: [0] + Array(name.utf8.dropFirst())) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.utf8.count)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(bound == 0, "\(String(cString: strerror(errno)))")
    }

    deinit { close(descriptor) }

    /// What has come since the last look.
    func messages() -> [String] {
        var messages: [String] = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            guard count >= 0 else { return messages }
            messages.append(String(decoding: bytes[..<count], as: UTF8.self))
        }
    }
}
