import Testing

@testable import StrictJSON

/// RFC 8259 clause by clause: what a reader must take, and what this one must not.
@Suite struct JSONConformanceTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let text: [UInt8]
        var testDescription: String { name }

        init(_ name: String, _ text: String) {
            self.init(name, Array(text.utf8))
        }

        init(_ name: String, _ text: [UInt8]) {
            self.name = name
            self.text = text
        }
    }

    static let accepted: [Row] = [
        Row("array, empty", "[]"),
        Row("array with spaces", "[ 1 , 2 ]"),
        Row("array of several kinds", #"[null,1,"1",{}]"#),
        Row("array in array", "[[[[]]]]"),
        Row("array with space around", " \t\r\n[] \t\r\n"),
        Row("object, empty", "{}"),
        Row("object with spaces", "{ \"a\" : 1 , \"b\" : 2 }"),
        Row("object with an empty name", #"{"":0}"#),
        Row("object in object", #"{"a":{"a":{"a":1}}}"#),
        Row("object with names that differ by case", #"{"a":1,"A":2}"#),
        Row("object with names that Unicode holds for equivalent", #"{"\u00e9":1,"e\u0301":2}"#),
        Row("object with a NUL in a name", #"{"a\u0000b":1,"a\u0000c":2}"#),
        Row("number 0", "0"),
        Row("number -0", "-0"),
        Row("number with a fraction", "1.5"),
        Row("number 0e1", "0e1"),
        Row("number with E+", "1E+2"),
        Row("number with e-", "1.25e-2"),
        Row("number that is huge", "1e400"),
        Row("number of many digits", String(repeating: "9", count: 5000)),
        Row("number -0.0", "-0.0"),
        Row("literals", "[true,false,null]"),
        Row("string alone", #""a""#),
        Row("string, empty", #""""#),
        Row("string with each short escape", #""\"\\\/\b\f\n\r\t""#),
        Row("string with a code point", #""\u00e9""#),
        Row("string with a surrogate pair", #""\ud83d\ude00""#),
        Row("string with hex in both cases", #""\uABCD\uabcd""#),
        Row("string with an escaped NUL", #""\u0000""#),
        Row("string with DEL", "\"\u{7f}\""),
        Row("string with a line separator", "\"\u{2028}\""),
        Row("string of four bytes a character", #""😀""#),
        Row("string with a noncharacter", "\"\u{ffff}\""),
        Row("string with a byte order mark inside", "\"\u{feff}\""),
        Row("string that looks like a comment", #""/* */ // #""#),
    ]

    @Test(arguments: accepted) func `is taken`(_ row: Row) throws {
        try JSONText.check(row.text)
    }

    static let structure: [Row] = [
        Row("nothing", ""),
        Row("only space", " \n"),
        Row("two values", "1 2"),
        Row("trailing bracket", "[]]"),
        Row("trailing comma in array", "[1,]"),
        Row("trailing comma in object", #"{"a":1,}"#),
        Row("leading comma", "[,1]"),
        Row("double comma", "[1,,2]"),
        Row("no comma", "[1 2]"),
        Row("no comma in object", #"{"a":1"b":2}"#),
        Row("colon in array", "[1:2]"),
        Row("comma for colon", #"{"a",1}"#),
        Row("no colon", #"{"a" 1}"#),
        Row("two colons", #"{"a"::1}"#),
        Row("no value", #"{"a":}"#),
        Row("no name", "{:1}"),
        Row("a number for a name", "{1:1}"),
        Row("a bare name", "{a:1}"),
        Row("single quotes", "{'a':1}"),
        Row("array not closed", "[1"),
        Row("array open", "["),
        Row("object not closed", #"{"a":1"#),
        Row("object open", "{"),
        Row("name only", #"{"a""#),
        Row("name and colon", #"{"a":"#),
        Row("closed by the other bracket", "[}"),
        Row("crossed brackets", #"{"a":[}]"#),
        Row("comma only", "{,}"),
        Row("comment", "[1/**/]"),
        Row("line comment", "[1]//"),
        Row("NUL after the value", "[]\0"),
        Row("form feed", "[\u{c}]"),
        Row("no-break space", "[\u{a0}]"),
        Row("vertical tab", "\u{b}[]"),
        Row("byte order mark", "\u{feff}{}"),
        Row("byte order mark alone", "\u{feff}"),
        Row("duplicate name", #"{"a":1,"a":1}"#),
        Row("duplicate name by escape", #"{"a":1,"\u0061":2}"#),
        Row("duplicate name in depth", #"[{"x":{"b":1,"c":2,"b":3}}]"#),
        Row("duplicate empty name", #"{"":1,"":2}"#),
        Row("duplicate name, many", JSONText.object(members: 200, repeating: 7)),
        Row("duplicate name, ninth", JSONText.object(members: 8, repeating: 0)),
    ]

    static let scalars: [Row] = [
        Row("leading zero", "01"),
        Row("leading zero, negative", "-01"),
        Row("two zeros", "00"),
        Row("plus", "+1"),
        Row("minus only", "-"),
        Row("minus minus", "--1"),
        Row("no digits before the point", ".5"),
        Row("after the point", "1."),
        Row("point and exponent", "1.e1"),
        Row("exponent without digits", "1e"),
        Row("exponent with a sign only", "1e+"),
        Row("fraction in exponent", "1e1.5"),
        Row("hex", "0x10"),
        Row("infinity", "Infinity"),
        Row("minus infinity", "-Infinity"),
        Row("NaN", "NaN"),
        Row("nan", "nan"),
        Row("digit separator", "1_000"),
        Row("full-width digit", "\u{ff11}"),
        Row("True", "True"),
        Row("truth cut", "tru"),
        Row("true with more", "truex"),
        Row("nul", "nul"),
        Row("undefined", "undefined"),
        Row("falsé", "fals\u{e9}"),
        Row("string not closed", #""a"#),
        Row("quote only", "\""),
        Row("escape at the end", #""\"#),
        Row("escaped quote at the end", #""\""#),
        Row("unknown escape", #""\x41""#),
        Row("escaped space", #""\ ""#),
        Row("escaped single quote", #""\'""#),
        Row("capital U", #""\U0041""#),
        Row("short hex", #""\u004""#),
        Row("hex cut off", #""\u00"#),
        Row("hex with a sign", #""\u+041""#),
        Row("hex with g", #""\u00g0""#),
        Row("full-width hex", "\"\\u004\u{ff11}\""),
        Row("lone lead surrogate", #""\ud83d""#),
        Row("lone trail surrogate", #""\ude00""#),
        Row("lead and letter", #""\ud83dx""#),
        Row("lead and newline", #""\ud83d\n""#),
        Row("lead twice", #""\ud83d\ud83d""#),
        Row("pair the wrong way", #""\ude00\ud83d""#),
        Row("lead and half", #""\ud83d\ude0""#),
        Row("lone surrogate in a name", #"{"\ud800":1}"#),
        Row("newline in string", "\"\n\""),
        Row("tab in string", "\"\t\""),
        Row("NUL in string", "\"\0\""),
        Row("unit separator in string", "\"\u{1f}\""),
        Row("escaped control", "\"\\\u{1}\""),
        Row("escaped real newline", "\"\\\n\""),
    ]

    static let encoding: [Row] = [
        Row("overlong slash", [0x22, 0xc0, 0xaf, 0x22]),
        Row("overlong of three", [0x22, 0xe0, 0x80, 0xaf, 0x22]),
        Row("surrogate in UTF-8", [0x22, 0xed, 0xa0, 0x80, 0x22]),
        Row("pair in CESU-8", [0x22, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80, 0x22]),
        Row("beyond U+10FFFF", [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]),
        Row("lone continuation", [0x22, 0x80, 0x22]),
        Row("cut sequence", [0x22, 0xe2, 0x82, 0x22]),
        Row("Latin-1", [0x22, 0xe9, 0x22]),
        Row("0xff", [0xff]),
        Row("UTF-16", [0xff, 0xfe, 0x5b, 0x00, 0x5d, 0x00]),
        Row("UTF-16 without mark", [0x00, 0x5b, 0x00, 0x5d]),
        Row("bad UTF-8 in a name", [0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
        Row("bad UTF-8 behind", [0x5b, 0x5d, 0xc3]),
    ]

    @Test(arguments: structure + scalars + encoding) func `is refused`(_ row: Row) throws {
        let error = try #require(throws: JSONError.self) { try JSONText.check(row.text) }
        #expect((0...row.text.count).contains(error.offset))
        #expect(error.description.hasPrefix("The JSON text ") && error.description.hasSuffix(")."))
    }

    @Test func `nesting ends at the limit`() throws {
        try JSONText.check(JSONText.nested(32))
        #expect(throws: JSONError(32, "is nested deeper than 32 levels")) { try JSONText.check(JSONText.nested(33)) }
        #expect(throws: JSONError.self) { try JSONText.check([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)) }
        #expect(throws: JSONError.self) { try JSONText.check(JSONText.nested(2), depthLimit: 1) }
    }

    @Test func `siblings do not count as depth`() throws {
        let text = "[" + Swift.Array(repeating: "[[]],{\"a\":{}}", count: 100).joined(separator: ",") + "]"
        try JSONText.check(Swift.Array(text.utf8), depthLimit: 3)
    }
}
