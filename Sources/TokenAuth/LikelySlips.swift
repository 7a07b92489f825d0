// With what a token was signed instead of its key's secret, by those mistakes that are made most. Only words a refusal:
// a token with such a signature is refused like any other.

internal import OpenSSLKit

/// The keys that a secret is often taken for.
///
/// A bad signature costs a few codes more to look at, each over no more than `auth.token_bytes`; a good one costs none.
struct LikelySlips: Sendable {
    private struct Slip: Sendable {
        let key: HMACKey
        let mistake: String
    }

    private let slips: [Slip]

    /// - Parameters:
    ///   - text: the secret as `k` has it, in base64url.
    ///   - secret: the secret.
    ///   - hash: the hash function of its algorithm.
    init(text: [UInt8], secret: [UInt8], hash: HashAlgorithm) {
        let standard = text.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "+") : $0 == UInt8(ascii: "_") ? slash : $0 }
        let padding = Array(repeating: UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
        // What decoders of plain base64 make of it that pass over what they do not know.
        let known = text.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }
        let undecoded = "the text of `k` and not with what it stands for: decode `k` from base64url first"
        let broken = "a line break behind the secret: take it away, for instance with `printf` in place of `echo`"
        let candidates = [
            (text, undecoded), (text + padding, undecoded), (standard, undecoded), (standard + padding, undecoded),
            (text + [lineFeed], undecoded), (secret + [lineFeed], broken),
            (Self.hex(secret), "the hex digits of the secret and not with its bytes: decode them first"),
            (
                Base64URL.decode(known.prefix(known.count / 4 * 4)) ?? [],
                "`k` decoded as plain base64: decode it as base64url, whose `-` and `_` count"
            ),
        ]
        var (slips, seen): ([Slip], [[UInt8]]) = ([], [secret, []])
        for (bytes, mistake) in candidates where !seen.contains(bytes) {
            seen.append(bytes)
            // Without it the refusal says less, and is a refusal still.
            if let key = try? HMACKey(secret: bytes, hash: hash) { slips.append(Slip(key: key, mistake: mistake)) }
        }
        self.slips = slips
    }

    /// What the signer did, as the end of "was signed with …"; nothing when it was something else. Each comparison
    /// takes the same time whatever the signature is.
    func mistake(in signature: Span<UInt8>, of message: Span<UInt8>) -> String? {
        var found: String?
        for slip in slips where slip.key.isValid(signature, for: message) { found = found ?? slip.mistake }
        return found
    }

    private static func hex(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xf)]] }
    }
}

private let slash = UInt8(ascii: "/")
private let lineFeed = UInt8(ascii: "\n")
