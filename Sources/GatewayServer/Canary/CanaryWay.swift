// How a canary reaches the gateway's own listener, whatever address that listens at.

internal import NIOCore

/// One way to connect.
struct CanaryWay: Sendable, Equatable {
    let address: SocketAddress
    /// Whether to connect from an address of the canary's own, which IPv4 has (RFC 1122 §3.2.1.3) and IPv6 has not.
    let mayChooseItsOwn: Bool

    /// The ways to a listener, the best first. A machine may lack one: no addresses of 127/8 but the first, or no IPv4
    /// on a socket of IPv6.
    static func all(to listener: SocketAddress) -> [CanaryWay] {
        guard let port = listener.port, let host = listener.ipAddress else { return [] }
        switch host {
        case "0.0.0.0": return ways([("127.0.0.1", true), ("127.0.0.1", false)], port)
        case "::": return ways([("127.0.0.1", true), ("::1", false), ("127.0.0.1", false)], port)
        default:
            let isIPv4 = listener.protocol == .inet
            return ways((isIPv4 ? [(host, true)] : []) + [(host, false)], port)
        }
    }

    private static func ways(_ list: [(host: String, own: Bool)], _ port: Int) -> [CanaryWay] {
        list.compactMap { way in
            (try? SocketAddress(ipAddress: way.host, port: port)).map {
                CanaryWay(address: $0, mayChooseItsOwn: way.own)
            }
        }
    }
}
