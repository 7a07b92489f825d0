import SeededRandom
import Testing

@testable import StrictJSON

/// No bytes at all can harm the reader, and both ways of reading agree on what is JSON.
@Suite struct JSONRandomTests {
    private static let text = Array(
        #"{"to":{"users":["a","\u00e9\ud83d\ude00"]},"event":"c","data":{"n":-1.5e+3,"t":[true,null,{}]},"ttl":60}"#
            .utf8)
    private static let alphabet =
        Array(#"{}[]",:\u0019deE+-.truefalsn"#.utf8) + [0x00, 0x0a, 0x20, 0x80, 0xc3, 0xed, 0xff]

    @Test func `random bytes are read or refused`() throws {
        var generator = SeededGenerator(test: "random JSON")
        for _ in 0..<50_000 {
            let count = Int.random(in: 0...40, using: &generator)
            expectAgreement(
                (0..<count).map { _ in Self.alphabet.randomElement(using: &generator) ?? 0 }, seed: generator.seed)
        }
    }

    @Test func `mutated texts are read or refused`() throws {
        var generator = SeededGenerator(test: "mutated JSON")
        for _ in 0..<50_000 {
            var text = Self.text
            for _ in 0..<Int.random(in: 1...3, using: &generator) { mutate(&text, using: &generator) }
            expectAgreement(text, seed: generator.seed)
        }
    }

    @Test func `every cut of a text is refused`() {
        for end in 0..<Self.text.count {
            #expect(throws: JSONError.self) { try JSONText.check(Array(Self.text[..<end])) }
        }
    }

    private func mutate(_ text: inout [UInt8], using generator: inout SeededGenerator) {
        guard let index = text.indices.randomElement(using: &generator) else { return }
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: text[index] = Self.alphabet.randomElement(using: &generator) ?? 0
        case 1: text.remove(at: index)
        default: text.insert(Self.alphabet.randomElement(using: &generator) ?? 0, at: index)
        }
    }

    /// Skipping checks as much as reading does, and where it finds an error lies in the text.
    private func expectAgreement(_ text: [UInt8], seed: UInt64) {
        let skipped = Result { () throws(JSONError) in
            var reader = try JSONReader(text)
            try reader.skipValue()
            try reader.finish()
        }
        let read = Result { () throws(JSONError) in try JSONText.check(text) }
        switch (skipped, read) {
        case (.success, .success): break
        case (.failure(let one), .failure(let other)):
            let agree = one == other && (0...text.count).contains(one.offset)
            if !agree { Issue.record("\(one) \(other) SLUICE_SEED=\(seed)") }
        default: Issue.record("skipping and reading differ: SLUICE_SEED=\(seed)")
        }
    }
}
