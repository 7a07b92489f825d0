// Objects of JetStream's API, read member by member. Members that are not known are no matter: newer servers have more.

internal import StrictJSON

/// A JSON object of the server's.
protocol JSONObject: Sendable {
    /// What it is without any member.
    init()
    /// Takes a member's value, which stands at the reader's place.
    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError)
}

extension JSONObject {
    /// Reads the object that stands here.
    init(_ reader: inout JSONReader) throws(JSONError) {
        self.init()
        var members = try reader.beginObject()
        while let name = try reader.nextMember(of: &members) { try take(name, &reader) }
    }

    /// Reads a whole text.
    init(json: [UInt8]) throws(JSONError) {
        var reader = try JSONReader(json)
        try self.init(&reader)
        try reader.finish()
    }
}

extension JSONReader {
    /// An array of objects. Go writes an empty one as null.
    mutating func readObjects<Element: JSONObject>(_ type: Element.Type) throws(JSONError) -> [Element] {
        guard try kind() == .array else {
            try skipValue()
            return []
        }
        var (objects, elements) = ([Element](), try beginArray())
        while try nextElement(of: &elements) { objects.append(try Element(&self)) }
        return objects
    }

    /// An array of texts. Go writes an empty one as null.
    mutating func readStrings() throws(JSONError) -> [String] {
        guard try kind() == .array else {
            try skipValue()
            return []
        }
        var (strings, elements) = ([String](), try beginArray())
        while try nextElement(of: &elements) { strings.append(try readString()) }
        return strings
    }

    /// A whole number.
    mutating func readInteger() throws(JSONError) -> Int64 { try readNumber().int64() }

    /// A whole number that is not below zero: a server's sequence.
    mutating func readSequence() throws(JSONError) -> UInt64 { UInt64(clamping: try readInteger()) }
}
