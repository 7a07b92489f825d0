// Names as subjects have them: hashed, since a name may hold any character, and be of any length. A hash only chooses
// what is read; whose an event is says its message.

internal import OpenSSLKit

/// The hash of a user's or a topic's name.
struct NameHash: Sendable, Hashable {
    /// 32 hexadecimal digits.
    let text: String
    /// Which of ``buckets`` buckets the name falls into.
    let bucket: Int

    static let buckets = 16

    /// Names that are equal in Swift have one hash, however they are spelled: the hub compares them as Swift does.
    init(_ name: String) throws(OpenSSLFailure) {
        let digest = try Digest.sha256(CanonicalName.bytes(of: name).span).prefix(16)
        text = Hexadecimal.text(of: digest)
        bucket = Int(digest[0]) % Self.buckets
    }
}
