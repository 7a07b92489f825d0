// The protocol versions that this library speaks. It has no older ones (RFC 8996).

/// A version of TLS.
public struct TLSVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number on the wire.
    let number: UInt16

    /// TLS 1.2 (RFC 5246).
    public static let tls12 = TLSVersion(number: 0x0303)
    /// TLS 1.3 (RFC 8446).
    public static let tls13 = TLSVersion(number: 0x0304)

    /// The version's usual name, e.g. `TLSv1.3`.
    public var description: String {
        switch self {
        case .tls12: "TLSv1.2"
        case .tls13: "TLSv1.3"
        default: "TLS version \(number)"
        }
    }

    /// An older version is less than a newer one.
    public static func < (left: TLSVersion, right: TLSVersion) -> Bool { left.number < right.number }
}
