internal import StrictJSON

/// JSON of publishers, tokens and identity providers.
enum JSONTarget {
    static func read(_ bytes: [UInt8]) {
        let skipped = accepts(bytes) { reader throws(JSONError) in try reader.skipValue() }
        let raw = accepts(bytes) { reader throws(JSONError) in _ = try reader.readRaw() }
        let walked = accepts(bytes) { reader throws(JSONError) in try walk(&reader, depth: 0) }
        precondition(skipped == raw, "a value that is skipped is read otherwise than one that is taken as it is")
        // Who walks also makes numbers of numbers, and strings of strings: less may pass, never more.
        precondition(!walked || skipped, "a value is taken apart that is none")
    }

    private static func accepts(_ bytes: [UInt8], _ read: (inout JSONReader) throws(JSONError) -> Void) -> Bool {
        do throws(JSONError) {
            var reader = try JSONReader(bytes)
            try read(&reader)
            try reader.finish()
            return true
        } catch {
            return false
        }
    }

    private static func walk(_ reader: inout JSONReader, depth: Int) throws(JSONError) {
        switch try reader.kind() {
        case .object:
            var members = try reader.beginObject()
            while try reader.nextMember(of: &members) != nil { try walk(&reader, depth: depth + 1) }
        case .array:
            var elements = try reader.beginArray()
            while try reader.nextElement(of: &elements) { try walk(&reader, depth: depth + 1) }
        case .string: _ = try reader.readString()
        case .number: _ = try reader.readNumber().double()
        case .bool: _ = try reader.readBool()
        case .null: try reader.skipValue()
        }
    }
}
