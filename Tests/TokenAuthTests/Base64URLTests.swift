import SeededRandom
import Testing

@testable import TokenAuth

/// base64url as RFC 4648 has it, and nothing of what other decoders let pass.
@Suite struct Base64URLTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ])
    func `RFC 4648 §10 without padding`(_ plain: String, _ text: String) {
        #expect(Base64URL.encode(plain.utf8) == Array(text.utf8))
        #expect(Base64URL.decode(Array(text.utf8)[...]) == Array(plain.utf8))
    }

    @Test func `RFC 7515 appendix C`() {
        #expect(Base64URL.encode([3, 236, 255, 224, 193]) == Array("A-z_4ME".utf8))
        #expect(Base64URL.decode(Array("A-z_4ME".utf8)[...]) == [3, 236, 255, 224, 193])
    }

    @Test(arguments: [
        "A", "AAAAA", "Zg==", "Zg=", "Zm9v=", "=", "Zh", "Zm9", "Zm9vYh", "Z g", "Zg ", " Zg", "Zg\n", "Zm9v\r\n",
        "A+z/", "A+zA",
        "Zm/v", "Z.9v", "Zm9v.", "Zm9é", "Zm9\0", "AA\u{ff21}A",
    ])
    func `is refused`(_ text: String) {
        #expect(Base64URL.decode(Array(text.utf8)[...]) == nil)
    }

    @Test func `each byte is one that is accepted or not`() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        for byte in UInt8.min ... .max {
            #expect((Base64URL.decode([0x41, 0x41, 0x41, byte]) != nil) == alphabet.contains(byte))
        }
    }

    @Test func `there is one text for each byte string`() {
        var generator = SeededGenerator(test: "base64url")
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let text = Base64URL.encode(bytes)
            #expect(Base64URL.decode(text[...]) == bytes, "SLUICE_SEED=\(generator.seed)")
            guard let last = text.last else { continue }
            for other in UInt8.min ... .max where other != last {
                #expect(Base64URL.decode((text.dropLast() + [other])[...]) != bytes)
            }
        }
    }
}
