import Testing

@testable import TokenAuth

/// The signatures of Wycheproof's vectors and of the standards' examples. Their payloads are not our claims, so what is
/// looked at is the signature.
@Suite struct VectorTests {
    private static let wrongKey =
        "the key says PS256 or ES521, the token of RFC 7520 PS384 or ES512: a key has one `alg`"
    private static let strict = "a character that is none of base64url's is refused, not passed over (RFC 7515 §2)"

    /// Where we say other than Wycheproof, and why.
    private static let others: [String: (isGood: Bool, why: String)] = [
        "key-1": (true, "a secret and a public key in one file are no risk here: each key has one algorithm"),
        "jws-346": (false, wrongKey), "jws-347": (false, wrongKey), "jws-350": (false, wrongKey),
        "jws-351": (false, wrongKey),
        "jws-367": (true, "there is no padding in it: it is jws-357 once more"), "jws-370": (true, "likewise"),
        "jws-372": (false, strict), "jws-373": (false, strict),
    ]

    @Test func `Wycheproof`() throws {
        let groups = try VectorFile("wycheproof").groups
        var count = 0
        for group in groups {
            let verifier = (try? group.keySet()).map { TokenVerifier(keys: $0, policy: TokenPolicy()) }
            for token in group.tokens {
                let expected = Self.others[token.id]?.isGood ?? token.isGood
                #expect(
                    (verifier?.isSigned(token.token) ?? false) == expected, "\(token.id): \(group.name): \(token.name)")
                count += 1
            }
        }
        #expect(count == 427)
    }

    @Test func `RFC 7515, RFC 7520 and RFC 8037`() throws {
        let groups = try VectorFile("standards").groups
        #expect(groups.count == 8)
        for group in groups {
            let verifier = TokenVerifier(keys: try group.keySet(), policy: TokenPolicy())
            for token in group.tokens {
                #expect(verifier.isSigned(token.token), "\(group.name)")
                let parts = token.token.split(separator: ".")
                let other = "\(parts[0]).\(parts[1].dropLast())A.\(parts[2])"
                #expect(!verifier.isSigned(other), "\(group.name)")
            }
        }
    }

    /// What has no chance in it comes out as the standard has it.
    @Test func `signatures are made as the standards have them`() throws {
        for group in try VectorFile("standards").groups {
            let key = try group.keySet().issuingKey(named: nil)
            guard [.hs256, .rs256, .eddsa].contains(key.algorithm) else { continue }
            for token in group.tokens {
                let parts = token.token.split(separator: ".")
                let input = Array("\(parts[0]).\(parts[1])".utf8)
                #expect(Forge.encode(try key.material.signature(for: input.span)) == parts[2], "\(group.name)")
            }
        }
    }
}
