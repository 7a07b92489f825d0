// Tells systemd how the gateway is (sd_notify(3)), without its library: a datagram of lines to the socket that
// `NOTIFY_SOCKET` names.

internal import Foundation
internal import Glibc
internal import NIOCore

/// Tells the service manager how the gateway is. Without a manager it tells nobody.
final class ServiceNotices: Sendable {
    private let address: [UInt8]?
    private let socket: CInt
    /// The time between two signs of life; nil when none are asked for.
    let watchdogInterval: Duration?

    /// - Parameter environment: the process's variables.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        address = environment["NOTIFY_SOCKET"].flatMap(Self.address)
        socket = address == nil ? -1 : Self.open()
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap(Int64.init) ?? 0
        // Half of the manager's time, as sd_watchdog_enabled(3) advises.
        watchdogInterval = isOurs && address != nil && microseconds > 0 ? .microseconds(microseconds) / 2 : nil
    }

    deinit { if socket >= 0 { close(socket) } }

    /// Connections can come. Also the end of a reload, behind ``reloading()``.
    func ready() { send("READY=1") }

    /// A reload begins. The message has the time, so that the manager does not take one from before its signal for the
    /// answer.
    func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        send("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)")
    }

    /// The end begins.
    ///
    /// - Parameter time: how long it may take. The manager waits for that long, whatever `TimeoutStopSec=` says.
    func stopping(within time: Duration) {
        send("STOPPING=1")
        extend(by: time)
    }

    /// What has begun takes so long from here on.
    func extend(by time: Duration) {
        let (seconds, attoseconds) = time.components
        send("EXTEND_TIMEOUT_USEC=\(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)")
    }

    /// A sign of life. Send it only while all event loops turn. It is dropped when the socket has no room: the thread
    /// that sends it answers probes and can't wait, and the next sign is due soon.
    func alive() { send("WATCHDOG=1", flags: CInt(MSG_DONTWAIT)) }

    private func send(_ text: String, flags: CInt = 0) {
        guard let address, socket >= 0 else { return }
        let bytes = Array(text.utf8)
        address.withUnsafeBytes { address in
            guard let name = address.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return }
            // A result does not matter. A manager that is gone is not waited for. One that does not read is waited for
            // as long as the socket's send timeout says.
            _ = sendto(socket, bytes, bytes.count, CInt(MSG_NOSIGNAL) | flags, name, socklen_t(address.count))
        }
    }

    private static func open() -> CInt {
        let socket = Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var patience = timeval(tv_sec: patienceSeconds, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        return socket
    }

    /// For how long a message other than a sign of life waits for room: the system keeps ten (`max_dgram_qlen`,
    /// unix(7)).
    private static let patienceSeconds = 1

    /// A `sockaddr_un` as bytes (unix(7)): a path with its NUL, or an abstract name, which begins with `@` and has
    /// none.
    static func address(_ name: String) -> [UInt8]? {
        let isAbstract = name.utf8.first == UInt8(ascii: "@")
        guard isAbstract || name.utf8.first == UInt8(ascii: "/") else { return nil }
        let path = isAbstract ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8) + [0]
        guard path.count > 1, path.count <= pathBytes else { return nil }
        return withUnsafeBytes(of: sa_family_t(AF_UNIX), Array.init) + path
    }

    private static let pathBytes = 108
}
