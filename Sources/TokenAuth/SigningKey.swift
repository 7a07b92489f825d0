// One key of a key set, ready for use.

internal import OpenSSLKit

/// A key with its name, the one algorithm that it is for, and what it may do.
struct SigningKey: Sendable {
    /// Nothing only in a provider's set, and there only where it is the one key.
    let keyID: String?
    let algorithm: SigningAlgorithm
    let material: KeyMaterial
    /// Tells it from every other key, in this process and the next.
    let mark: KeyMark
    let maySign: Bool
    let mayVerify: Bool
}

/// What a key is made of.
enum KeyMaterial: Sendable {
    /// A shared secret, and what it is taken for by mistake.
    case secret(HMACKey, LikelySlips)
    /// A public key, or a private one.
    case pair(SignatureKey)

    var isSecret: Bool {
        if case .secret = self { true } else { false }
    }

    /// Whether it can sign.
    var isPrivate: Bool {
        switch self {
        case .secret: true
        case .pair(let key): key.isPrivate
        }
    }

    /// Whether a signature is this key's. What only issuer and gateway know is compared in constant time.
    func isValid(_ signature: Span<UInt8>, for message: Span<UInt8>) -> Bool {
        switch self {
        case .secret(let key, _): key.isValid(signature, for: message)
        case .pair(let key): key.isValid(signature, for: message)
        }
    }

    func signature(for message: Span<UInt8>) throws(OpenSSLFailure) -> [UInt8] {
        switch self {
        case .secret(let key, _): try key.authenticationCode(for: message)
        case .pair(let key): try key.signature(for: message)
        }
    }

    /// Which mistake the signer made, as the end of "was signed with …", if it is a known one.
    func mistake(in signature: Span<UInt8>, of message: Span<UInt8>) -> String? {
        switch self {
        case .secret(_, let slips): return slips.mistake(in: signature, of: message)
        case .pair(let key):
            guard case .ecdsa = key.scheme, signature.count > 0, signature[0] == 0x30,
                signature.count != key.signatureBytes
            else { return nil }
            return "a signature in DER: a token has r and s side by side, \(key.signatureBytes) bytes (RFC 7518 "
                + "section 3.4)"
        }
    }
}

// Which key a token was signed with, said without the key: so that what was let in by a token can end with its key.

/// Tells one signing key from another. It is the same for the same name, algorithm and key, however often they are
/// read, and says nothing of a secret. A private key has the mark of its public half.
package struct KeyMark: Sendable, Hashable {
    package let number: UInt64

    /// - Throws: when OpenSSL has no memory.
    init(of secret: HMACKey, keyID: String?, algorithm: SigningAlgorithm) throws(OpenSSLFailure) {
        let message = Self.name(keyID, algorithm)
        number = Self.number(try secret.authenticationCode(for: message.span))
    }

    /// - Parameter publicNumbers: what makes the public key, none of it with leading zeros that may be left out.
    /// - Throws: when OpenSSL has no memory.
    init(of publicNumbers: [[UInt8]], keyID: String?, algorithm: SigningAlgorithm) throws(OpenSSLFailure) {
        var message = Self.name(keyID, algorithm)
        for number in publicNumbers { message += [0] + Array("\(number.count)".utf8) + [0] + number }
        number = Self.number(try Digest.sha256(message.span))
    }

    /// The mark of the same key at an issuer: of two that have it, one may be taken away.
    ///
    /// FNV-1a: names of issuers are the operator's, so nobody chooses one that meets another.
    ///
    /// - Parameter issuer: its name; nothing for the default one.
    func at(issuer: String?) -> KeyMark {
        guard let issuer else { return self }
        return KeyMark(number: issuer.utf8.reduce(number) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
    }

    init(number: UInt64) { self.number = number }

    private static func name(_ keyID: String?, _ algorithm: SigningAlgorithm) -> [UInt8] {
        Array("sluice key mark\0\(algorithm.rawValue)\0\(keyID ?? "")".utf8)
    }

    private static func number(_ digest: [UInt8]) -> UInt64 { digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
