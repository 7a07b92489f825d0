// Names as subjects have them: hashed, since a name may hold any character, and be of any length. A hash only chooses
// what is read; whose an event is says its message.

internal import OpenSSLKit

/// The hash of a user's or a topic's name.
struct NameHash: Sendable, Hashable {
    private let digest: ArraySlice<UInt8>

    static let buckets = 16
    /// How many hexadecimal digits it has.
    static let digits = 32

    /// Names that are equal in Swift have one hash, however they are spelled: the hub compares them as Swift does.
    init(_ name: String) throws(OpenSSLFailure) {
        let bytes = CanonicalName.spelling(of: name).utf8
        digest = try Digest.sha256(bytes.span).prefix(Self.digits / 2)
    }

    var text: String { Hexadecimal.text(of: digest) }
    /// Which of ``buckets`` buckets the name falls into.
    var bucket: Int { Int(digest[0]) % Self.buckets }

    /// Appends its digits.
    func write(to bytes: inout [UInt8]) {
        for byte in digest {
            bytes.append(Hexadecimal.digit(byte >> 4))
            bytes.append(Hexadecimal.digit(byte & 15))
        }
    }
}
