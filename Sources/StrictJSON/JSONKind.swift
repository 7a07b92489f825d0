// The kinds of JSON values (RFC 8259 §3). Says what begins here, not that it is whole.

/// What kind of value stands at a place.
package enum JSONKind: Sendable, Equatable {
    case object, array, string, number, bool, null

    /// - Parameter firstByte: the value's first byte, which tells its kind.
    init?(firstByte: UInt8) {
        switch firstByte {
        case UInt8(ascii: "{"): self = .object
        case UInt8(ascii: "["): self = .array
        case UInt8(ascii: "\""): self = .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .bool
        case UInt8(ascii: "n"): self = .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): self = .number
        default: return nil
        }
    }
}
