import SeededRandom
import Testing

@testable import StrictJSON

/// What the writer makes is JSON, whatever text it is given.
@Suite struct JSONWriterTests {
    private func text(_ members: (inout JSONMembers) -> Void) -> String {
        var writer = JSONWriter()
        writer.object(members)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `members of each kind`() {
        let written = text { members in
            members.string("a", "b")
            members.integer("n", -5)
            members.bool("t", true)
            members.strings("s", ["x", "y"])
            members.strings("none", [])
            members.raw("r", Array("[1, 2]".utf8))
            members.object("o") { inner in
                inner.object("empty") { _ in }
                inner.bool("f", false)
            }
            members.integer("last", .max)
        }
        let expected = """
            {"a":"b","n":-5,"t":true,"s":["x","y"],"none":[],"r":[1, 2],"o":{"empty":{},"f":false},\
            "last":9223372036854775807}
            """
        #expect(written == expected)
    }

    @Test func `an empty object`() {
        #expect(text { _ in } == "{}")
    }

    @Test func `arrays of objects, one behind the other`() {
        var writer = JSONWriter()
        writer.array(1...3) { number, members in members.integer("n", Int64(number)) }
        writer.array([Int]()) { _, _ in }
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"[{"n":1},{"n":2},{"n":3}][]"#)
    }

    @Test func `what a string may not hold is escaped`() {
        let written = text { $0.string("\"", "\\ \" \n \r \t \u{0} \u{1f} \u{7f} / é 😀") }
        #expect(written == #"{"\"":"\\ \" \n \r \t \u0000 \u001f \#u{7f} / é 😀"}"#)
    }

    @Test func `any text comes back`() throws {
        var generator = SeededGenerator(test: "any text comes back")
        for _ in 0..<2000 {
            let highest: UInt32 = Bool.random(using: &generator) ? 0x7f : 0x10ffff
            let scalars = (0..<Int.random(in: 0...20, using: &generator)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...highest, using: &generator))
            }
            var value = ""
            value.unicodeScalars.append(contentsOf: scalars)
            var writer = JSONWriter()
            writer.string(value)
            var reader = try JSONReader(writer.bytes)
            let read = try reader.readString()
            #expect(read.utf8.elementsEqual(value.utf8), "SLUICE_SEED=\(generator.seed)")
            try reader.finish()
        }
    }
}
