import SeededRandom
import Testing

@testable import TokenAuth

/// No bytes at all can harm the verifier, and none but the token's own get in.
@Suite struct RandomTokenTests {
    @Test func `100 000 random byte strings are refused`() throws {
        var generator = SeededGenerator(test: "random tokens")
        let verifier = try Forge.verifier()
        let alphabet = Array("eyJhbGciOiJIUzI1NiIsImtpZCI6Ims...{}\":,=-_ ".utf8) + [0x00, 0x80, 0xff]
        for _ in 0..<100_000 {
            let bytes = (0..<Int.random(in: 0...120, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            if (try? verifier.verify(bytes, now: Forge.now)) != nil { Issue.record("SLUICE_SEED=\(generator.seed)") }
        }
    }

    @Test func `100 000 mutated tokens are refused unless nothing changed`() throws {
        var generator = SeededGenerator(test: "mutated tokens")
        let verifier = try Forge.verifier()
        let tokens = try Forge.all.map { Array(try $0.token().utf8) }
        for _ in 0..<100_000 {
            guard let token = tokens.randomElement(using: &generator) else { continue }
            var changed = token
            for _ in 0..<Int.random(in: 1...3, using: &generator) { mutate(&changed, using: &generator) }
            let isAccepted = (try? verifier.verify(changed, now: Forge.now)) != nil
            if isAccepted != (changed == token) { Issue.record("SLUICE_SEED=\(generator.seed)") }
        }
    }

    @Test func `20 000 mutated claims with a good signature do not trap`() throws {
        var generator = SeededGenerator(test: "mutated claims")
        let verifier = try Forge.verifier()
        let claims = Array(
            #"{"sub":"alice","exp":1800003600,"nbf":1.5e9,"aud":["a"],"sluice":{"subscribe":["a*"],"admin":true}}"#.utf8
        )
        for _ in 0..<20_000 {
            var changed = claims
            for _ in 0..<Int.random(in: 1...3, using: &generator) { mutate(&changed, using: &generator) }
            let token = try Forge.hs256.token(claims: changed, header: Array(Forge.hs256.header.utf8))
            guard case .success(let accepted) = verifier.outcome(token) else { continue }
            #expect(!accepted.subject.isEmpty && accepted.expiresAt > Forge.now, "SLUICE_SEED=\(generator.seed)")
        }
    }

    private func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard let index = bytes.indices.randomElement(using: &generator) else { return }
        let other = bytes.randomElement(using: &generator) ?? 0
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(other, at: index)
        case 3: bytes[index] = other
        default: bytes.removeSubrange(index...)
        }
    }
}
