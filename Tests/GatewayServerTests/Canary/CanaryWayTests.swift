// How a canary reaches its listener.

import NIOCore
import Testing

@testable import GatewayServer

@Suite struct CanaryWayTests {
    private static func ways(_ host: String) throws -> [String] {
        CanaryWay.all(to: try SocketAddress(ipAddress: host, port: 8443)).map { way in
            "\(way.address.ipAddress ?? ""):\(way.address.port ?? 0)\(way.mayChooseItsOwn ? " from its own" : "")"
        }
    }

    @Test func aListenerIsReachedAtItsOwnAddress() throws {
        #expect(try Self.ways("192.0.2.7") == ["192.0.2.7:8443 from its own", "192.0.2.7:8443"])
        #expect(try Self.ways("2001:db8::7") == ["2001:db8::7:8443"])
    }

    @Test func aListenerAtAllAddressesIsReachedAtTheMachines() throws {
        #expect(try Self.ways("0.0.0.0") == ["127.0.0.1:8443 from its own", "127.0.0.1:8443"])
        #expect(try Self.ways("::") == ["127.0.0.1:8443 from its own", "::1:8443", "127.0.0.1:8443"])
    }

    @Test func aListenerOfAnotherKindIsNotReached() throws {
        #expect(CanaryWay.all(to: try SocketAddress(unixDomainSocketPath: "/tmp/a")).isEmpty)
    }
}
