// The address of a client as its socket has it.

package import NIOCore
package import PeerText

extension ClientAddress {
    /// - Parameter socket: the other end of a connection; nothing for a socket that has no IP address.
    package init?(_ socket: SocketAddress?) {
        // Where `sin_addr` and `sin6_addr` stand, on every system that has them (RFC 3493 §3.3): NIO shows the structs
        // but not the module that their members come from.
        switch socket {
        case .v4(let address):
            self.init(
                ipv4: withUnsafeBytes(of: address.address) {
                    UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
                })
        case .v6(let address):
            guard let known = withUnsafeBytes(of: address.address, { ClientAddress(networkBytes: $0[8..<24]) }) else {
                return nil
            }
            self = known
        case .unixDomainSocket, nil: return nil
        }
    }
}
