// TCP ports of the loopback interface.

import Glibc
import Testing

/// A listening socket that holds a port for as long as it lives.
final class HeldPort: Sendable {
    let number: Int
    private let descriptor: Int32

    /// Binds a port that nobody uses, which the system chooses.
    init() throws {
        (descriptor, number) = try #require(Self.bound(to: 0), "no free port: \(String(cString: strerror(errno)))")
    }

    /// Binds this port, or is `nil` if somebody has it: which is no failure of a test.
    init?(_ port: UInt16) {
        guard let (descriptor, number) = Self.bound(to: port) else { return nil }
        (self.descriptor, self.number) = (descriptor, number)
    }

    private static func bound(to port: UInt16) -> (descriptor: Int32, number: Int)? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 1) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        if isBound { return (descriptor, Int(UInt16(bigEndian: address.sin_port))) }
        close(descriptor)
        return nil
    }

    deinit { close(descriptor) }
}

/// Ports that were free a moment ago, and that the system gives to no outgoing connection meanwhile: those begin at
/// 32,768 (ip_local_port_range, ip(7)).
func freePorts(_ count: Int) throws -> [Int] {
    var held: [HeldPort] = []
    for port in (UInt16(20_000)..<32_000).shuffled() where held.count < count {
        if let free = HeldPort(port) { held.append(free) }
    }
    try #require(held.count == count, "no free ports")
    return held.map(\.number)
}

/// Ports that tests choose beforehand.
@Suite struct FreePortTests {
    /// That somebody has a port is no failure of the test that asks for one.
    @Test func aPortThatSomebodyHasIsPassedOver() throws {
        let taken = try HeldPort()
        #expect(HeldPort(UInt16(taken.number)) == nil)
        let ports = try freePorts(50)
        #expect(Set(ports).count == 50)
    }
}
