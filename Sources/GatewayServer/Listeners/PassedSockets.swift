// Listening sockets that the service manager has opened and passes on (sd_listen_fds(3)). They outlive the program:
// what connects while one gateway is replaced by the next waits in their backlog, and nobody is refused.

internal import Foundation
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// The sockets that a gateway was started with, by what they are for.
struct PassedSockets: Sendable, Equatable {
    /// What a socket is for: its name in `LISTEN_FDNAMES`, which `FileDescriptorName=` of a socket unit sets.
    enum Purpose: String, Sendable, CaseIterable {
        case `public`, admin
    }

    private var descriptors: [Purpose: CInt] = [:]

    /// No sockets: the gateway opens its own.
    init() {}

    subscript(purpose: Purpose) -> CInt? { descriptors[purpose] }

    /// - Parameters:
    ///   - environment: the process's variables.
    ///   - process: this process. What is meant for another one was inherited by mistake.
    ///   - isListening: whether a descriptor is a TCP socket that listens.
    /// - Throws: when a socket was passed that is of no use, so that nobody would ever be answered on it.
    init(environment: [String: String], process: pid_t, isListening: (CInt) -> Bool) throws(StartupError) {
        guard let count = environment["LISTEN_FDS"], environment["LISTEN_PID"] == "\(process)" else { return }
        guard let count = CInt(count), (0...Self.most).contains(count) else {
            throw StartupError(.sockets, "LISTEN_FDS is no number of sockets from 0 to \(Self.most).")
        }
        let names = environment["LISTEN_FDNAMES"].map {
            $0.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { String($0) ?? "" }
        }
        for (index, descriptor) in (Self.first..<Self.first + count).enumerated() {
            let name = (names ?? Purpose.allCases.map(\.rawValue)).dropFirst(index).first
            try add(descriptor, named: name ?? "", isListening)
        }
    }

    private mutating func add(
        _ descriptor: CInt, named name: String, _ isListening: (CInt) -> Bool
    ) throws(StartupError) {
        guard let purpose = Purpose(rawValue: name) else {
            throw StartupError(
                .sockets,
                "The service manager passes a socket with a name that is neither public nor admin (LISTEN_FDNAMES). "
                    + "Set FileDescriptorName=public, or admin, in its socket unit.")
        }
        guard descriptors[purpose] == nil else {
            throw StartupError(
                .sockets,
                "The service manager passes two sockets named \(name), and one is served. Leave one ListenStream= in "
                    + "the socket unit: [::]:8443 with BindIPv6Only=both takes IPv4, too.")
        }
        guard isListening(descriptor) else {
            throw StartupError(
                .sockets,
                "The service manager's socket named \(name) is no TCP socket that listens. Use ListenStream= with a "
                    + "port, and Accept=no, in the socket unit.")
        }
        descriptors[purpose] = descriptor
    }

    /// SD_LISTEN_FDS_START.
    private static let first: CInt = 3
    private static let most: CInt = 16

    /// Takes what was passed to this process. Processes that it starts do not inherit it.
    static func claim() throws(StartupError) -> PassedSockets {
        let sockets = try PassedSockets(
            environment: ProcessInfo.processInfo.environment, process: getpid(), isListening: isListening)
        for descriptor in sockets.descriptors.values { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        return sockets
    }

    private static func isListening(_ descriptor: CInt) -> Bool {
        let family = option(SO_DOMAIN, of: descriptor)
        return option(SO_ACCEPTCONN, of: descriptor) == 1 && (family == AF_INET || family == AF_INET6)
    }

    private static func option(_ name: CInt, of descriptor: CInt) -> CInt? {
        var (value, length) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }
}

extension ServerBootstrap {
    /// Listens on the socket that was passed, or where there is none on an address.
    func listen(on passed: CInt?, or address: String, _ port: Int) async throws -> any Channel {
        guard let passed else { return try await bind(host: address, port: port).get() }
        return try await withBoundSocket(passed).get()
    }
}
