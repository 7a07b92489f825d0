// What systemd is told, by a socket in its place.

import Foundation
import Glibc
import Testing

@testable import GatewayServer

@Suite struct ServiceNoticeTests {
    /// A manager's socket.
    private final class Manager {
        let name: String
        private let descriptor: CInt

        init(_ name: String) throws {
            self.name = name
            descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
            let address = try #require(ServiceNotices.address(name))
            let bound = address.withUnsafeBytes { bytes in
                bind(
                    descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            }
            try #require(bound == 0, "\(String(cString: strerror(errno)))")
        }

        deinit {
            close(descriptor)
            if name.hasPrefix("/") { unlink(name) }
        }

        /// The next message; nil when there is none.
        func next() -> String? {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &bytes, bytes.count, CInt(MSG_DONTWAIT))
            return count >= 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
        }
    }

    @Test(arguments: ["/tmp/sluice-notify-\(getpid())", "@sluice-notify-\(getpid())"])
    func itSaysHowItIs(name: String) throws {
        let manager = try Manager(name)
        let notices = ServiceNotices(environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "2000000"])
        notices.ready()
        #expect(manager.next() == "READY=1")
        notices.reloading()
        let lines = try #require(manager.next()).split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let time = try #require(lines.last).split(separator: "=")
        #expect(time.first == "MONOTONIC_USEC" && Int64(time[1]) ?? 0 > 0)
        notices.alive()
        #expect(manager.next() == "WATCHDOG=1")
        notices.stopping(within: .milliseconds(2500))
        #expect(manager.next() == "STOPPING=1" && manager.next() == "EXTEND_TIMEOUT_USEC=2500000")
        #expect(manager.next() == nil)
        #expect(notices.watchdogInterval == .seconds(1), "twice in its time")
    }

    @Test(.timeLimit(.minutes(10))) func aManagerThatDoesNotListenHoldsNothingUp() throws {
        let manager = try Manager("@sluice-deaf-\(getpid())")
        let notices = ServiceNotices(environment: ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "2000000"])
        let clock = ContinuousClock()
        // More than its socket has room for, be it in messages or in bytes.
        let signs = clock.measure { for _ in 1...2000 { notices.alive() } }
        #expect(signs < .seconds(10), "on the thread that answers probes")
        #expect(clock.measure { notices.stopping(within: .zero) } < .seconds(10))
        #expect(manager.next() == "WATCHDOG=1")
    }

    @Test func theWatchdogIsForTheProcessThatItNames() {
        let standing = ["NOTIFY_SOCKET": "@nobody", "WATCHDOG_USEC": "2000000"]
        let named = { (pid: String) in
            ServiceNotices(environment: standing.merging(["WATCHDOG_PID": pid]) { $1 }).watchdogInterval
        }
        #expect(named("\(getpid())") == .seconds(1))
        #expect(named("1") == nil)
        #expect(ServiceNotices(environment: ["WATCHDOG_USEC": "2000000"]).watchdogInterval == nil, "nobody listens")
    }

    @Test(arguments: ["", "relative", "@", "/" + String(repeating: "x", count: 200), "vsock:2:1"])
    func whatIsNoSocketIsToldNothing(name: String) {
        let notices = ServiceNotices(environment: ["NOTIFY_SOCKET": name])
        notices.ready()
        #expect(ServiceNotices.address(name) == nil)
    }
}
