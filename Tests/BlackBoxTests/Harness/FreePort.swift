// TCP ports of the loopback interface.

import Glibc
import Testing

/// A listening socket that holds a port for as long as it lives.
final class HeldPort: Sendable {
    let number: Int
    private let descriptor: Int32

    /// Binds a port.
    ///
    /// - Parameter port: 0 for one that nobody uses, which the system chooses.
    init(_ port: UInt16 = 0) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(descriptor >= 0, "no socket: \(String(cString: strerror(errno)))")
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 1) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        self.descriptor = descriptor
        number = Int(UInt16(bigEndian: address.sin_port))
        try #require(bound, "no free port: \(String(cString: strerror(errno)))")
    }

    deinit { close(descriptor) }
}

/// Ports that were free a moment ago, and that the system gives to no outgoing connection meanwhile: those begin at 32,768
/// (ip_local_port_range, ip(7)).
func freePorts(_ count: Int) throws -> [Int] {
    let held = (UInt16(20_000)..<32_000).shuffled().lazy.compactMap { try? HeldPort($0) }.prefix(count)
    let ports = Array(held).map(\.number)
    try #require(ports.count == count, "no free ports")
    return ports
}
