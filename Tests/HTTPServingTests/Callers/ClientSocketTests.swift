import NIOCore
import PeerText
import Testing

@testable import HTTPServing

/// The address of a socket is the client's, whichever family the socket is of.
@Suite struct ClientSocketTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("255.0.0.254", "255.0.0.254"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"), ("fe80::1", "fe80::1"), ("::1", "::1"),
    ])
    func `is read as it is`(address: String, known: String) throws {
        #expect(ClientAddress(try SocketAddress(ipAddress: address, port: 4711))?.description == known)
    }

    @Test func `a socket without one has none`() throws {
        #expect(ClientAddress(try SocketAddress(unixDomainSocketPath: "/run/a")) == nil)
        #expect(ClientAddress(nil as SocketAddress?) == nil)
    }
}
