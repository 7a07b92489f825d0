import Testing

@testable import StrictJSON

/// What the reader gives for a text that is good, and that a caller who asks for the wrong thing gets an error.
@Suite struct JSONReaderTests {
    private func reader(_ text: String) throws -> JSONReader { try JSONReader(Array(text.utf8)) }

    @Test func `a publish request is read with its data as it stands`() throws {
        let text =
            #" { "to":{"user":"alice"},"event":"comment" , "data": {"a" : [1, 2.0] ,"b":"\u00e9"} , "ttl":60 } "#
        var reader = try reader(text)
        var (user, event, data, ttl) = ("", "", "", Int64(0))
        var request = try reader.beginObject()
        while let name = try reader.nextMember(of: &request) {
            switch name {
            case "to":
                var audience = try reader.beginObject()
                #expect(try reader.nextMember(of: &audience) == "user")
                user = try reader.readString()
                #expect(try reader.nextMember(of: &audience) == nil)
            case "event": event = try reader.readString()
            case "data": data = String(decoding: try reader.readRaw(), as: UTF8.self)
            default: ttl = try reader.readNumber().int64()
            }
        }
        try reader.finish()
        #expect(user == "alice" && event == "comment" && ttl == 60)
        #expect(data == #"{"a" : [1, 2.0] ,"b":"\u00e9"}"#)
    }

    @Test(arguments: [#"plain"#, #"a\"b\\c\n"#, #"\u00e9\ud83d\ude00é😀"#, ""])
    func `a string's bytes are those of its text`(content: String) throws {
        var (first, second) = (try reader("\"\(content)\""), try reader("\"\(content)\""))
        #expect(try Array(first.readStringBytes()) == Array(second.readString().utf8))
        try first.finish()
    }

    @Test func `raw values are cut without space and at their offsets`() throws {
        var reader = try reader("[ 1.50 , \"a\\n\" ,true, [ ] ,null ]")
        var array = try reader.beginArray()
        var values: [String] = []
        var offsets: [Int] = []
        while try reader.nextElement(of: &array) {
            let raw = try reader.readRaw()
            values.append(String(decoding: raw, as: UTF8.self))
            offsets.append(raw.startIndex)
        }
        #expect(values == ["1.50", #""a\n""#, "true", "[ ]", "null"])
        #expect(offsets == [2, 9, 16, 22, 27])
    }

    @Test func `escapes are resolved`() throws {
        var reader = try reader(#""\"\\\/\b\f\n\r\t\u0041\u00e9\uD83D\uDE00\u0000é""#)
        #expect(try reader.readString() == "\"\\/\u{8}\u{c}\n\r\tA\u{e9}😀\0é")
    }

    @Test func `names are given with their escapes resolved`() throws {
        var reader = try reader(#"{"s\u0075b":1}"#)
        var object = try reader.beginObject()
        #expect(try reader.nextMember(of: &object) == "sub")
    }

    @Test func `a value of another kind is an error`() throws {
        try expect("should have a string here", reading: "1") { _ = try $0.readString() }
        try expect("should have a number here", reading: "\"1\"") { _ = try $0.readNumber() }
        try expect("should have true or false here", reading: "null") { _ = try $0.readBool() }
        try expect("should have null here", reading: "true") { try $0.readNull() }
        try expect("should have an object here", reading: "[]") { _ = try $0.beginObject() }
        try expect("should have an array here", reading: "{}") { _ = try $0.beginArray() }
        try expect("ends where a value should be", reading: "") { _ = try $0.readRaw() }
    }

    private func expect(_ message: String, reading text: String, _ read: (inout JSONReader) throws -> Void) throws {
        var reader = try reader(text)
        #expect(throws: JSONError(0, message)) { try read(&reader) }
    }

    @Test func `a value that is not read is not passed over`() throws {
        var reader = try reader(#"{"a":1,"b":2}"#)
        var object = try reader.beginObject()
        #expect(try reader.nextMember(of: &object) == "a")
        #expect(throws: JSONError(5, "should have a comma or the end here")) { try reader.nextMember(of: &object) }
    }

    @Test func `what stands behind the value is an error`() throws {
        var reader = try reader("{} x")
        try reader.skipValue()
        #expect(throws: JSONError(3, "has more behind its value")) { try reader.finish() }
    }

    @Test func `kinds are told by the first character`() throws {
        var reader = try reader(#"[{},[],"",-1,0,true,false,null]"#)
        var array = try reader.beginArray()
        var kinds: [JSONKind] = []
        while try reader.nextElement(of: &array) {
            kinds.append(try reader.kind())
            try reader.skipValue()
        }
        #expect(kinds == [.object, .array, .string, .number, .number, .bool, .bool, .null])
    }

    @Test func `a buffer is copied`() throws {
        var text = Array(#"["kept"]"#.utf8)
        var reader = try text.withUnsafeBytes { buffer throws(JSONError) in try JSONReader(buffer) }
        text = []
        #expect(String(decoding: try reader.readRaw(), as: UTF8.self) == #"["kept"]"#)
    }

    // MARK: Numbers

    private func number(_ text: String) throws -> JSONNumber {
        var reader = try reader(text)
        return try reader.readNumber()
    }

    @Test func `whole numbers are exact or an error`() throws {
        #expect(try number("9223372036854775807").int64() == .max)
        #expect(try number("-9223372036854775808").int64() == .min)
        #expect(try number("-0").int64() == 0)
        let texts = [
            "9223372036854775808", "-9223372036854775809", "1.0", "1e3", "1E-1", String(repeating: "9", count: 400),
        ]
        for text in texts {
            #expect(throws: JSONError.self, "\(text)") { try number(text).int64() }
        }
    }

    @Test func `floating point numbers are finite or an error`() throws {
        #expect(try number("1.5").double() == 1.5)
        #expect(try number("-1e-3").double() == -0.001)
        #expect(try number("1e-400").double() == 0)
        for text in ["1e400", "-1e400", "1" + String(repeating: "0", count: 400)] {
            #expect(throws: JSONError.self, "\(text)") { try number(text).double() }
        }
    }

    @Test func `a number keeps its text`() throws {
        #expect(try number("1.500E+02").text == "1.500E+02")
    }

    /// A string is looked at eight bytes at a time, and what is left one by one.
    @Test func `whatever its place, only what JSON lets stand for itself does`() {
        for byte in UInt8(0)...0x7f {
            for (place, count) in (1...18).flatMap({ count in (0..<count).map { ($0, count) } }) {
                var content = [UInt8](repeating: UInt8(ascii: "x"), count: count)
                content[place] = byte
                let expected = byte < 0x20 || byte == 0x22 || byte == 0x5c ? place : count
                #expect(JSONEscapes.endOfPlainText(in: content.span, from: 0) == expected)
                #expect(JSONEscapes.endOfPlainText(in: content.span, from: place) == expected)
            }
        }
        let text = "é\u{80}\u{7f}\u{10ffff}ü!ÿ~"
        #expect(JSONEscapes.endOfPlainText(in: Array(text.utf8).span, from: 0) == text.utf8.count)
    }
}
