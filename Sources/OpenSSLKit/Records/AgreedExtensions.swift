// Decides which connections' records may be taken over from OpenSSL: those where this code knows everything that was
// agreed on. A rule as a value. OpenSSL's message callback gives it the message.

/// The server's EncryptedExtensions (RFC 8446 §4.3.1): the extensions that the client asked for and the server agreed
/// to.
struct AgreedExtensions: Equatable {
    /// The extensions that change nothing about records: server_name (RFC 6066 §3), supported_groups (RFC 8446 §4.2.7)
    /// and ALPN (RFC 7301 §3.1). Others may, such as max_fragment_length (RFC 6066 §4), record_size_limit (RFC 8449),
    /// early_data (RFC 8446 §4.2.10), and those that a later OpenSSL may agree to.
    static let harmless: Set<UInt16> = [0, 10, 16]

    /// Whether the message has been seen, and has harmless extensions only.
    private(set) var areHarmless = false

    /// The message's type (RFC 8446 §4).
    private static let encryptedExtensions: UInt8 = 8

    /// Takes note of a handshake message that the server sent.
    ///
    /// - Parameter message: with its type and length. Any other message than EncryptedExtensions is ignored.
    mutating func note(sent message: UnsafeRawBufferPointer) {
        guard message.first == Self.encryptedExtensions else { return }
        areHarmless = Self.types(in: message)?.allSatisfy(Self.harmless.contains) ?? false
    }

    /// The types of the extensions; nil when they can't be read.
    private static func types(in message: UnsafeRawBufferPointer) -> [UInt16]? {
        // The message has a type and a length of three bytes; then the list has a length of two.
        guard message.count >= 6, 4 + number(at: 2, in: message) == message.count,
            6 + number(at: 4, in: message) == message.count
        else { return nil }
        var types: [UInt16] = []
        var start = 6
        while start < message.count {
            guard start + 4 <= message.count else { return nil }
            types.append(UInt16(number(at: start, in: message)))
            start += 4 + number(at: start + 2, in: message)
        }
        return start == message.count ? types : nil
    }

    private static func number(at index: Int, in bytes: UnsafeRawBufferPointer) -> Int {
        Int(bytes[index]) << 8 | Int(bytes[index + 1])
    }
}
