// The address of a client as its socket has it.

package import NIOCore
package import PeerText

extension ClientAddress {
    /// - Parameter socket: the other end of a connection; nothing for a socket that has no IP address.
    package init?(_ socket: SocketAddress?) {
        // Where `sin_addr` and `sin6_addr` stand, on every system that has them (RFC 3493 §3.3): NIO shows the structs
        // but not the module that their members come from.
        let bytes: [UInt8]
        switch socket {
        case .v4(let address): bytes = withUnsafeBytes(of: address.address) { Array($0[4..<8]) }
        case .v6(let address): bytes = withUnsafeBytes(of: address.address) { Array($0[8..<24]) }
        case .unixDomainSocket, nil: return nil
        }
        self.init(networkBytes: bytes)
    }
}
