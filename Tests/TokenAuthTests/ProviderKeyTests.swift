import SeededRandom
import Testing

@testable import TokenAuth

/// A provider's key set: what is of use is taken, the rest is skipped and counted, and none of it harms.
@Suite struct ProviderKeyTests {
    private let fixtures: LibraryTokenTests.Fixtures
    private let good: String

    init() throws {
        fixtures = try LibraryTokenTests.Fixtures()
        good = try #require(fixtures.publicKeys.first { $0.contains("\"kid\": \"es256\"") })
    }

    private func read(_ keys: [String]) throws -> KeySet {
        try LibraryTokenTests.Fixtures.set(keys, source: .provider)
    }

    @Test(arguments: [
        (#"{"kty":"RSA","kid":"e","use":"enc","alg":"RSA-OAEP","n":"AA","e":"AQAB"}"#, SkippedKeys.Reason.use),
        (#"{"kty":"RSA","kid":"e","alg":"RSA-OAEP-256","n":"AA","e":"AQAB"}"#, .algorithm),
        (#"{"kty":"AKP","kid":"e","alg":"ML-DSA-44","pub":"AA"}"#, .keyType), (#"{"kid":"e"}"#, .keyType),
        (#"{"kty":"EC","crv":"secp256k1","kid":"e","x":"AA","y":"AA"}"#, .keyType),
        (#"{"kty":"OKP","crv":"X25519","kid":"e","x":"AA"}"#, .keyType),
        (#"{"kty":"RSA","kid":"e","x5c":["MII"],"x5t":"AA"}"#, .certificate),
        (#"{"kty":"RSA","kid":"e","n":"AQAB","e":"AQAB"}"#, .material),
        (#"{"kty":"EC","crv":"P-256","kid":"e"}"#, .material),
        (#"{"kty":"oct","kid":"e","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#, .symmetric),
        (#"{"kty":"RSA","kid":"e","n":"AA","e":"AQAB","d":"AA"}"#, .private),
        (#"{"kty":"RSA","kid":"a*","n":"AA","e":"AQAB"}"#, .keyID), (#"{"kty":"RSA","kid":7}"#, .malformed),
        (#"{"kty":null}"#, .malformed), ("7", .malformed), ("[]", .malformed), ("null", .malformed),
        (#""x""#, .malformed),
    ])
    func `a key of no use is skipped and counted`(_ key: String, _ reason: SkippedKeys.Reason) throws {
        let keys = try read([good, key])
        #expect(keys.keys.map(\.keyID) == ["es256"])
        #expect(keys.skipped.counts == [reason: 1] && keys.skipped.total == 1)
        let alone = #expect(throws: KeySetError.self) { try read([key]) }
        #expect(alone?.code == .empty && alone?.message.contains("1 \(reason)") == true)
    }

    @Test func `a key for other operations than verifying is skipped`() throws {
        let signing = good.replacing("\"use\": \"sig\"", with: "\"key_ops\":[\"sign\"]").replacing(
            "\"es256\"", with: "\"x\"")
        #expect(try read([good, signing]).skipped.counts == [.use: 1])
    }

    @Test func `a key without kid is of use only alone`() throws {
        let nameless = good.replacing("\"kid\"", with: "\"x-kid\"")
        let alone = try read([nameless, #"{"kty":"X"}"#])
        #expect(alone.keys.map(\.keyID) == [nil] && alone.skipped.counts == [.keyType: 1])
        let verifier = TokenVerifier(keys: alone, policy: TokenPolicy())
        let signing = try fixtures.privateSet()
        let token = try TokenIssuer(keys: signing, keyID: "es256").issue(
            subject: "a", lifetimeSeconds: 60, now: Forge.now)
        #expect(verifier.code(token) == .keyUnknown, "it names a key, and this one has no name")
        let other = try #require(fixtures.publicKeys.first { $0.contains("\"kid\": \"rs256\"") })
        let both = try read([nameless, other])
        #expect(both.keys.map(\.keyID) == ["rs256"] && both.skipped.counts == [.keyID: 1])
    }

    @Test func `of keys with one name the token's algorithm tells, and where it can't, none is taken`() throws {
        func renamed(_ keyID: String, _ algorithm: String? = nil) throws -> String {
            let key = try #require(fixtures.publicKeys.first { $0.contains("\"kid\": \"\(keyID)\"") })
            return key.replacing("\"kid\": \"\(keyID)\"", with: "\"kid\": \"same\"")
                .replacing(
                    "\"alg\": \"\(keyID.uppercased())\"", with: "\"alg\": \"\(algorithm ?? keyID.uppercased())\"")
        }
        let kinds = try read([renamed("rs256"), renamed("es256"), renamed("ps256")])
        #expect(kinds.keys.count == 3 && kinds.skipped.total == 0)
        for algorithm in [SigningAlgorithm.rs256, .es256, .ps256] {
            #expect(kinds.verificationKey(named: "same", for: algorithm)?.algorithm == algorithm)
        }
        #expect(kinds.verificationKey(named: "same", for: .rs512) == nil && kinds.mayHold("same"))
        let same = try read([renamed("rs256"), renamed("rs256")])
        #expect(same.keys.count == 1 && same.skipped.counts == [.duplicate: 1])
        let ambiguous = try read([renamed("rs256"), good, renamed("rs512", "RS256")])
        #expect(ambiguous.keys.map(\.keyID) == ["es256"] && ambiguous.skipped.counts == [.duplicate: 2])
    }

    @Test func `a mark outlives a fetch, and is another for another key`() throws {
        let first = try read(fixtures.publicKeys)
        let again = try read(fixtures.publicKeys.reversed() + [#"{"kty":"X"}"#])
        #expect(first.verifyingMarks == again.verifyingMarks && first.verifyingMarks.count == 11)
        let renamed = try read([good.replacing("\"es256\"", with: "\"other\"")])
        #expect(renamed.verifyingMarks.isDisjoint(with: first.verifyingMarks))
    }

    // MARK: Bounds

    @Test func `a set that is too large is refused at once`() throws {
        let padding = String(repeating: " ", count: ProviderKeys.maximumBytes)
        let long = #expect(throws: KeySetError.self) { try read([good, padding]) }
        #expect(long?.code == .tooLarge)
        let many = #expect(throws: KeySetError.self) { try read(Array(repeating: "{}", count: 10_000)) }
        #expect(many?.code == .tooLarge)
        let real = #expect(throws: KeySetError.self) { try read(Array(repeating: good, count: 101)) }
        #expect(real?.code == .tooLarge)
        let most = try read((0..<ProviderKeys.maximumKeys).map { good.replacing("\"es256\"", with: "\"\($0)\"") })
        #expect(most.keys.count == ProviderKeys.maximumKeys)
    }

    @Test func `5 000 mutated sets do not trap, and no changed key is taken for the one it was`() throws {
        var generator = SeededGenerator(test: "mutated key sets")
        let names = ["es256", "eddsa", "rs256"]
        let keys = fixtures.publicKeys.filter { key in names.contains { key.contains("\"kid\": \"\($0)\"") } }
        let text = Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8)
        let marks = try KeySet(jwks: text, source: .provider).verifyingMarks
        for _ in 0..<5_000 {
            var changed = text
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: changed.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: changed[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 1: changed.remove(at: index)
                default: changed.insert(changed.randomElement(using: &generator) ?? 0, at: index)
                }
            }
            guard let set = try? KeySet(jwks: changed, source: .provider) else { continue }
            #expect(set.keys.count <= names.count && set.keys.count + set.skipped.total == names.count)
            for key in set.keys where !marks.contains(key.mark) { #expect(key.mayVerify && !key.maySign) }
        }
    }
}
