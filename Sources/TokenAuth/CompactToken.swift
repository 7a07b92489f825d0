// A token's outer form: JWS Compact Serialization (RFC 7515 §7.1), cut into its three parts. Judges nothing inside
// them.

/// Three parts in base64url with dots between them.
struct CompactToken {
    private let bytes: [UInt8]
    private let firstDot: Int
    private let secondDot: Int

    /// - Parameter bytes: the token as it came. Its length has been looked at.
    init(_ bytes: [UInt8]) throws(TokenRefusal) {
        let dot = UInt8(ascii: ".")
        guard let first = bytes.firstIndex(of: dot), let second = bytes[(first + 1)...].firstIndex(of: dot),
            !bytes[(second + 1)...].contains(dot)
        else {
            throw TokenRefusal(
                .malformed,
                "The token should have three parts with two dots between them: a signed JWT, not an encrypted one.")
        }
        (self.bytes, firstDot, secondDot) = (bytes, first, second)
    }

    /// The header's JSON text.
    func header() throws(TokenRefusal) -> [UInt8] { try Self.decode(bytes[..<firstDot], "header") }

    /// The claims' JSON text.
    func claims() throws(TokenRefusal) -> [UInt8] { try Self.decode(bytes[(firstDot + 1)..<secondDot], "claims part") }

    /// The signature's bytes.
    func signature() throws(TokenRefusal) -> [UInt8] { try Self.decode(bytes[(secondDot + 1)...], "signature") }

    /// What the signature is made of (RFC 7515 §5.1).
    var signingInput: ArraySlice<UInt8> { bytes[..<secondDot] }

    private static func decode(_ part: ArraySlice<UInt8>, _ name: StaticString) throws(TokenRefusal) -> [UInt8] {
        guard let decoded = Base64URL.decode(part) else {
            throw TokenRefusal(
                .malformed,
                "The token's \(name) is not base64url (RFC 4648 section 5) without padding and without spaces.")
        }
        return decoded
    }
}
