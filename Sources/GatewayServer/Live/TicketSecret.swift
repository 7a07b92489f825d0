// The secret from which the keys of session tickets are derived (`tls.ticket_keys`). It is read from its file, which is
// made when it is missing.

internal import EventLog
internal import Foundation
internal import Glibc
internal import NIOCore
internal import NIOOpenSSL
internal import PlainWords

/// A secret in a file.
struct TicketSecret {
    private let bytes: [UInt8]
    private let place: String
    /// The longest file. A longer one is no secret, but some other file.
    static let maximumBytes = 4096
    private static let madeBytes = 48

    /// - Parameters:
    ///   - path: the file.
    ///   - setting: the key of the setting that names it.
    ///   - isMade: whether to make the file when it is missing. A reload does not: no session could be resumed with
    ///     another secret.
    /// - Throws: ``StartupError`` when it can be neither read nor made, or holds no secret.
    init(file path: String, setting: String, isMade: Bool) throws(StartupError) {
        place = Self.place(path, setting)
        do {
            if isMade, access(path, F_OK) != 0 { try Self.make(path) }
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            bytes = try file.read(upToCount: Self.maximumBytes + 1).map(Array.init) ?? []
        } catch let fault as Fault {
            throw StartupError(.tls, "\(place) \(fault.reason)")
        } catch {
            throw StartupError(.tls, "\(place) can't be read; name a file that the gateway may read, or make")
        }
        guard bytes.count <= Self.maximumBytes else {
            throw StartupError(.tls, "\(place) is longer than \(Self.maximumBytes) bytes; name a file with a secret")
        }
    }

    private static func place(_ path: String, _ setting: String) -> String {
        "\(setting): \(QuotedValue.name(path, isSecret: true))"
    }

    /// Looks whether a file that is missing could be made.
    static func requireRoom(for path: String, setting: String) throws(StartupError) {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        guard access(folder, W_OK | X_OK) != 0 else { return }
        throw StartupError(.tls, "\(place(path, setting)) \(unmade().reason)")
    }

    private struct Fault: Error {
        let reason: String
    }

    /// Makes the file, whole or not at all. Another process may read it at once, or make it at the same time.
    private static func make(_ path: String) throws {
        // A random name. The process's number would be 1 in every container.
        let draft = "\(path).\(UInt64.random(in: .min ... .max))"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unmade() }
        defer { unlink(draft) }
        var generator = SystemRandomNumberGenerator()
        let secret = Data((0..<madeBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data((secret.base64EncodedString() + "\n").utf8))
        try file.synchronize()
        try file.close()
        guard link(draft, path) == 0 || errno == EEXIST else { throw unmade() }
    }

    private static func unmade() -> Fault {
        Fault(
            reason:
                "is missing and can't be made (\(String(cString: strerror(errno)))); name a file in a folder that the "
                + "gateway may write, or make it: openssl rand -base64 48")
    }

    func keys(lifetime: TimeAmount) throws(StartupError) -> TLSTicketKeys {
        do {
            return try TLSTicketKeys(secret: bytes, lifetime: lifetime) { WallTime.systemClock().milliseconds / 1000 }
        } catch {
            throw StartupError(.tls, "\(place): \(error.message)")
        }
    }
}
