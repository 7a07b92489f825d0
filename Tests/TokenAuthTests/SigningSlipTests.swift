import OpenSSLKit
import Testing

@testable import TokenAuth

/// Tokens that were signed with something that looks like their key's secret: refused, and told which mistake it was.
@Suite struct SigningSlipTests {
    /// Its text has both characters that base64url has for its own, and its length asks for padding.
    private static let secret: [UInt8] = [0xfb, 0xff, 0xbf, 0xfe] + Array(0..<28)
    private static let text = Forge.encode(secret)
    private static let standard = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : String($0) }.joined()

    private static let slips: [(secret: [UInt8], says: String)] = [
        (Array(text.utf8), "the text of `k`"), (Array((text + "=").utf8), "the text of `k`"),
        (Array(standard.utf8), "the text of `k`"), (Array((standard + "=").utf8), "the text of `k`"),
        (Array((text + "\n").utf8), "the text of `k`"), (secret + [0x0a], "a line break behind the secret"),
        (Array("fbffbffe000102030405060708090a0b0c0d0e0f101112131415161718191a1b".utf8), "hex digits"),
        (Base64URL.decode(Array(text.utf8.filter { $0 != 0x2d && $0 != 0x5f }.prefix(36))[...]) ?? [], "plain base64"),
    ]

    private static func outcome(
        _ signedWith: [UInt8], as algorithm: SigningAlgorithm
    ) throws -> Result<Claims, TokenRefusal> {
        // As long as the longest hash needs it to be.
        let jwk = Forge(keyID: "k", algorithm: algorithm, secret: secret).jwk
        let keys = try KeySet(jwks: Array(#"{"keys":[\#(jwk)]}"#.utf8))
        let token = try Forge(keyID: "k", algorithm: algorithm, secret: signedWith).token()
        return TokenVerifier(keys: keys, policy: TokenPolicy()).outcome(token)
    }

    @Test func `the texts of this key show what they are to show`() {
        #expect(Self.text.contains("-") && Self.text.contains("_") && Self.text.utf8.count % 4 != 0)
        #expect(Self.slips.allSatisfy { $0.secret.count >= 27 })
    }

    @Test(arguments: slips) func `a slip is named, and is no way in`(secret: [UInt8], says: String) throws {
        guard case .failure(let refusal) = try Self.outcome(secret, as: .hs256) else {
            Issue.record("it was let in")
            return
        }
        #expect(refusal.code == .signature)
        #expect(refusal.detail.contains(says), "\(refusal.detail)")
        #expect(!refusal.detail.contains(Self.text) && refusal.detail.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test func `the right secret is let in, and a strange one is told nothing more`() throws {
        guard case .success = try Self.outcome(Self.secret, as: .hs256) else {
            Issue.record("the right one was refused")
            return
        }
        for strange in [Array(repeating: UInt8(7), count: 32), Array(Self.secret.dropLast()), Self.secret + [0x0d]] {
            guard case .failure(let refusal) = try Self.outcome(strange, as: .hs256) else {
                Issue.record("it was let in")
                continue
            }
            #expect(refusal.code == .signature && refusal.detail.hasSuffix("the secret of its `kid`?"))
        }
    }

    @Test(arguments: Forge.all) func `keys of each algorithm know theirs`(_ forge: Forge) throws {
        let slip = Forge(
            keyID: forge.keyID, algorithm: forge.algorithm, secret: Array(Forge.encode(forge.secret).utf8))
        guard case .failure(let refusal) = try Forge.verifier().outcome(slip.token()) else {
            Issue.record("it was let in")
            return
        }
        #expect(refusal.detail.contains("the text of `k`"))
    }
}
