// What the name service is asked, and how: getaddrinfo(3).

internal import Glibc
internal import NIOCore

/// A host and its port, as a configuration names them.
struct HostPlace: Hashable, Sendable {
    let host: String
    let port: Int

    /// Asks the system, for as long as that takes.
    func addresses() -> HostLookups.Answer {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0, let list else {
            return .failure(HostNotFound(host: host, reason: String(cString: gai_strerror(status))))
        }
        defer { freeaddrinfo(list) }
        return .success(sequence(first: list, next: \.pointee.ai_next).compactMap { address(in: $0.pointee) })
    }

    private func address(in entry: addrinfo) -> SocketAddress? {
        guard let bytes = UnsafeRawPointer(entry.ai_addr) else { return nil }
        return switch entry.ai_family {
        case AF_INET: SocketAddress(bytes.load(as: sockaddr_in.self), host: host)
        case AF_INET6: SocketAddress(bytes.load(as: sockaddr_in6.self), host: host)
        default: nil
        }
    }
}

/// The name service knows no such host, or does not answer.
struct HostNotFound: Error, Equatable, CustomStringConvertible {
    /// The name.
    let host: String
    /// What the system says.
    let reason: String

    /// Both.
    var description: String { "\(host): \(reason)" }
}
