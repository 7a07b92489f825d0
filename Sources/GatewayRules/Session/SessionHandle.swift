// What stands in the cookie for a token that fits none. Whoever has it is signed in, as whoever has the token is.

internal import EventLog
internal import OpenSSLKit
internal import PeerText
internal import TokenAuth

/// The handle of a session that the gateway keeps: 256 random bits. A secret. It goes into no log, metric, store or
/// answer, except for the answer that sets the cookie.
struct SessionHandle: Equatable {
    /// As it stands in a cookie. It can't be taken for a JWT, which has dots (RFC 7515 §7.1).
    let text: Substring
    /// What its session is found by.
    let name: KeptSession.Name

    /// The number is that of this form.
    private static let prefix = "kept1_"
    private static let byteCount = 32
    /// In base64url, without padding.
    private static let digitCount = 43

    /// A new one; nothing when OpenSSL has no memory.
    ///
    /// - Parameter random: gives so many bytes, which nobody can guess.
    init?(_ random: (Int) -> [UInt8] = SecureRandom.bytes) {
        let digits = Base64URL.encode(random(Self.byteCount))
        self.init(Self.prefix + String(decoding: digits, as: UTF8.self)[...])
    }

    /// Reads one; nothing when the text is anything else.
    init?(_ text: Substring) {
        let bytes = Array(text.utf8)
        guard bytes.count == Self.prefix.utf8.count + Self.digitCount, bytes.starts(with: Self.prefix.utf8),
            let digest = try? Digest.sha256(bytes.span), let name = KeptSession.Name(digest: digest)
        else { return nil }
        (self.text, self.name) = (text, name)
    }
}
