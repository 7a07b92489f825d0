import Testing

@testable import PeerText

/// Peer text is bytes: what Unicode holds for equivalent is not the same here.
@Suite struct PeerBytesTests {
    @Test(arguments: ["chunked", "CHUNKED", "cHuNkEd"])
    func `letters are the same in either case`(text: String) {
        #expect(text.equalsIgnoringCase("chunked"))
    }

    /// U+212A is `k` in lower case, U+017F is `S` in upper case; the others differ from a letter by the bit of the
    /// case.
    @Test(arguments: [
        "chun\u{212A}ed", "chunked ", "chunke", "chunkedd", "", "chunke\u{44}\u{301}", "c\u{48}unke\u{7f}",
    ])
    func `nothing else is`(text: String) {
        #expect(!text.equalsIgnoringCase("chunked"))
    }

    @Test(arguments: [
        ("100-continue", true), ("100-CONTINUE", true), ("100\rcontinue", false), ("1\u{10}0-continue", false),
    ])
    func `what is no letter has no case`(text: String, isSame: Bool) {
        #expect(text.equalsIgnoringCase("100-continue") == isSame)
        #expect(!"{x}".equalsIgnoringCase("[x]"))
        #expect(!"[x]".equalsIgnoringCase("{x}"))
    }

    @Test func `a byte that is the same says more than a string that is equal`() {
        #expect("e\u{301}" == "\u{e9}")
        #expect(!"e\u{301}".hasSameBytes(as: "\u{e9}"))
        #expect("\u{e9}".hasSameBytes(as: "\u{e9}"))
    }

    @Test(arguments: [("a; b", "a", " b"), ("a", "a", nil), (";", "", ""), ("a;b;c", "a", "b;c"), ("", "", nil)])
    func `cut at the first separator`(text: String, before: String, behind: String?) {
        let parts = text.bytes.cut(at: UInt8(ascii: ";"))
        #expect(String(Substring(parts.before)) == before)
        #expect(parts.behind.map { String(Substring($0)) } == behind)
    }

    @Test func `U+037E is no semicolon, and a semicolon with a mark is one`() {
        #expect("\u{37E}" == ";")
        #expect("a\u{37E}b".bytes.cut(at: UInt8(ascii: ";")).behind == nil)
        #expect("a;\u{301}b".bytes.cut(at: UInt8(ascii: ";")).behind != nil)
    }

    @Test(arguments: [
        ("  a b\t", "a b"), ("", ""), (" \t ", ""), ("a", "a"), ("\u{a0}a", "\u{a0}a"), ("\u{b}a", "\u{b}a"),
    ])
    func `spaces and tabs around are no part`(text: String, trimmed: String) {
        #expect(text.bytes.trimmed.isSame(as: trimmed))
    }

    /// What lets a comparison of a string with a literal of ours stand: it is one of bytes unless the literal has one
    /// of these.
    @Test func `three characters of ASCII have an equivalent, and no other has`() {
        var equivalents: [Character] = []
        for value in UInt32(0x80)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let character = Character(scalar)
            if let ascii = (0..<0x80 as Range<UInt8>).first(where: { character == Character(Unicode.Scalar($0)) }) {
                equivalents.append(Character(Unicode.Scalar(ascii)))
            }
        }
        #expect(Set(equivalents) == [";", "`", "K"])
    }
}
