// Objects and arrays (RFC 8259 §4, §5): which members and elements there are. Their values are read by the caller.

extension JSONReader {
    /// An object whose members are being read.
    package struct ObjectMembers: Sendable {
        fileprivate var names = MemberNames()
        fileprivate var isFirst = true
    }

    /// Enters an object. ``nextMember(of:)`` follows until it gives nothing.
    ///
    /// - Throws: ``JSONError`` when no object stands here, or it lies too deep.
    package mutating func beginObject() throws(JSONError) -> ObjectMembers {
        try enter(UInt8(ascii: "{"), "an object")
        return ObjectMembers()
    }

    /// The next member's name; its value stands here then and has to be read. Nothing at the object's end.
    ///
    /// - Parameter members: what ``beginObject()`` gave.
    /// - Throws: ``JSONError`` when no member stands here, or its name has stood in this object before, escapes
    ///   resolved.
    package mutating func nextMember(of members: inout ObjectMembers) throws(JSONError) -> String? {
        guard try advance(to: UInt8(ascii: "}"), isFirst: &members.isFirst) else { return nil }
        let name = try takeString()
        let decoded = name.hasEscapes ? try JSONEscapes.decode(bytes[name.content]) : nil
        try enter(name.content, decoded: decoded, into: &members)
        return decoded ?? String(decoding: bytes[name.content], as: UTF8.self)
    }

    /// As ``nextMember(of:)``, for who compares names with its own: no text is made of one without escapes.
    package mutating func nextName(of members: inout ObjectMembers) throws(JSONError) -> MemberName? {
        guard try advance(to: UInt8(ascii: "}"), isFirst: &members.isFirst) else { return nil }
        let name = try takeString()
        let decoded = name.hasEscapes ? try JSONEscapes.decode(bytes[name.content]) : nil
        try enter(name.content, decoded: decoded, into: &members)
        return MemberName(place: name.content, decoded: decoded)
    }

    /// A member's name, as it stands in its text.
    package struct MemberName: Sendable {
        fileprivate let place: Range<Int>
        /// With its escapes resolved; nothing when it has none.
        fileprivate let decoded: String?
    }

    /// Whether a member is called so.
    ///
    /// - Parameter literal: ASCII.
    package func isName(_ name: MemberName, _ literal: StaticString) -> Bool {
        let literal = UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
        if let decoded = name.decoded { return decoded.utf8.elementsEqual(literal) }
        guard literal.count == name.place.count else { return false }
        for index in 0..<literal.count where bytes[name.place.lowerBound + index] != literal[index] { return false }
        return true
    }

    /// Passes over the next member's name, for whom its value alone is of interest, or neither.
    ///
    /// - Returns: whether there is one.
    mutating func skipName(of members: inout ObjectMembers) throws(JSONError) -> Bool {
        guard try advance(to: UInt8(ascii: "}"), isFirst: &members.isFirst) else { return false }
        let name = try takeString()
        let decoded = name.hasEscapes ? try JSONEscapes.decode(bytes[name.content]) : nil
        try enter(name.content, decoded: decoded, into: &members)
        return true
    }

    private mutating func enter(
        _ name: Range<Int>, decoded: String?, into members: inout ObjectMembers
    ) throws(JSONError) {
        guard members.names.insert(name, decoded: decoded, in: bytes) else {
            throw JSONError(name.lowerBound - 1, "has a member name twice in one object")
        }
        try take(UInt8(ascii: ":"), "a colon")
    }

    /// An array whose elements are being read.
    package struct ArrayElements: Sendable {
        fileprivate var isFirst = true
    }

    /// Enters an array. ``nextElement(of:)`` follows until it is false.
    ///
    /// - Throws: ``JSONError`` when no array stands here, or it lies too deep.
    package mutating func beginArray() throws(JSONError) -> ArrayElements {
        try enter(UInt8(ascii: "["), "an array")
        return ArrayElements()
    }

    /// Whether another element stands here, which has to be read then.
    ///
    /// - Parameter elements: what ``beginArray()`` gave.
    /// - Throws: ``JSONError`` when neither a comma nor the array's end stands here.
    package mutating func nextElement(of elements: inout ArrayElements) throws(JSONError) -> Bool {
        try advance(to: UInt8(ascii: "]"), isFirst: &elements.isFirst)
    }
}
