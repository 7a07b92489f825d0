@testable import StrictJSON

/// JSON texts to read, and a reader that goes through a whole one.
enum JSONText {
    /// Reads a text of any kind, in both ways that there are: for its bytes, and value by value.
    static func check(_ text: [UInt8], depthLimit: Int = 32) throws(JSONError) {
        var raw = try JSONReader(text, depthLimit: depthLimit)
        _ = try raw.readRaw()
        try raw.finish()
        var reader = try JSONReader(text, depthLimit: depthLimit)
        try read(&reader)
        try reader.finish()
    }

    private static func read(_ reader: inout JSONReader) throws(JSONError) {
        switch try reader.kind() {
        case .object:
            var object = try reader.beginObject()
            while try reader.nextMember(of: &object) != nil { try read(&reader) }
        case .array:
            var array = try reader.beginArray()
            while try reader.nextElement(of: &array) { try read(&reader) }
        case .string: _ = try reader.readString()
        case .number: _ = try reader.readNumber()
        case .bool: _ = try reader.readBool()
        case .null: try reader.readNull()
        }
    }

    /// An object of that many members, and one more with the name of the member of that number.
    static func object(members: Int, repeating: Int) -> String {
        let names = (0..<members).map { "\"m\($0)\":0" } + ["\"m\(repeating)\":1"]
        return "{" + names.joined(separator: ",") + "}"
    }

    static func nested(_ depth: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(ascii: "["), count: depth) + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
    }
}
