// A user's NKey: an Ed25519 key as NATS writes it. The seed is a secret, which OpenSSL alone has once it is read.

internal import OpenSSLKit

/// The key of a user, which signs a server's nonce.
package struct NKey: Sendable, CustomStringConvertible {
    private let key: SignatureKey
    /// The public half, as servers have it in their configuration: `U…`.
    package let publicKey: String

    /// Reads a seed.
    ///
    /// - Parameter seed: `SU…`, 58 letters of base32: two prefixes, 32 bytes and a checksum.
    /// - Throws: ``NATSError`` with code `credentialsInvalid`. The message does not repeat the seed.
    package init(seed: Secret) throws(NATSError) {
        guard let raw = Base32.decode(seed.text.utf8), raw.count == 36 else {
            throw NATSError(.credentialsInvalid, "an NKey's seed has 58 letters of base32, in upper case")
        }
        guard raw.suffix(2).elementsEqual(Self.checksum(raw.dropLast(2))) else {
            throw NATSError(.credentialsInvalid, "an NKey's seed has a wrong checksum: copy it anew")
        }
        let kinds = (raw[0] & 0xf8, (raw[0] & 7) << 5 | raw[1] >> 3)
        guard kinds == (Self.seedPrefix, Self.userPrefix), raw[1] & 7 == 0 else {
            throw NATSError(.credentialsInvalid, "the NKey is no user's seed, which begins with SU")
        }
        do throws(OpenSSLFailure) {
            let secret = Array(raw[2..<34])
            let publicBytes = try SignatureKey.ed25519PublicKey(of: secret)
            key = try SignatureKey(ed25519: publicBytes, seed: secret)
            let text = [Self.userPrefix] + publicBytes
            publicKey = Base32.encode(text + Self.checksum(text[...]))
        } catch {
            throw NATSError(.credentialsInvalid, "OpenSSL does not accept the NKey: \(error.reason)")
        }
    }

    /// Signs a server's nonce.
    ///
    /// - Returns: 64 bytes as base64 for URLs, without padding.
    func signature(of nonce: String) throws(NATSError) -> String {
        do throws(OpenSSLFailure) {
            return Base64URL.encode(try key.signature(for: Array(nonce.utf8).span))
        } catch {
            throw NATSError(.credentialsInvalid, "OpenSSL does not sign with the NKey: \(error.reason)")
        }
    }

    /// The public half.
    package var description: String { publicKey }

    // Five bits of a letter each: `S`, and `U`.
    private static let seedPrefix: UInt8 = 18 << 3
    private static let userPrefix: UInt8 = 20 << 3

    /// CRC-16/XMODEM, the lower byte first.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var sum: UInt16 = 0
        for byte in bytes {
            sum ^= UInt16(byte) << 8
            for _ in 0..<8 { sum = sum & 0x8000 == 0 ? sum << 1 : sum << 1 ^ 0x1021 }
        }
        return [UInt8(truncatingIfNeeded: sum), UInt8(sum >> 8)]
    }
}
