// Writes the members of one object. It is the caller's business that no name stands twice.

/// The members of an object that a ``JSONWriter`` is writing.
package struct JSONMembers: Sendable {
    var bytes: [UInt8] = []
    private var isFirst = true

    /// - Parameters:
    ///   - name: the member's name.
    ///   - value: the text, which is escaped.
    package mutating func string(_ name: String, _ value: String) {
        begin(name)
        JSONWriter.append(value, to: &bytes)
    }

    /// - Parameters:
    ///   - name: the member's name.
    ///   - values: the texts of an array, which are escaped.
    package mutating func strings(_ name: String, _ values: [String]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (number, value) in values.enumerated() {
            if number > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONWriter.append(value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// - Parameters:
    ///   - name: the member's name.
    ///   - value: the number.
    package mutating func integer(_ name: String, _ value: Int64) {
        begin(name)
        bytes += String(value).utf8
    }

    /// - Parameters:
    ///   - name: the member's name.
    ///   - value: the truth.
    package mutating func bool(_ name: String, _ value: Bool) {
        begin(name)
        bytes += (value ? "true" : "false").utf8
    }

    /// - Parameters:
    ///   - name: the member's name.
    ///   - value: a JSON text, which stays as it is.
    package mutating func raw(_ name: String, _ value: some Sequence<UInt8>) {
        begin(name)
        bytes.append(contentsOf: value)
    }

    /// - Parameters:
    ///   - name: the member's name.
    ///   - members: writes the members of the object that is its value.
    package mutating func object(_ name: String, _ members: (inout JSONMembers) -> Void) {
        begin(name)
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
        members(&self)
        isFirst = false
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func begin(_ name: String) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        JSONWriter.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }
}

// The names that an object has had, for finding one that stands twice. Knows nothing of values.

/// A set of member names, compared code unit by code unit (RFC 8259 §8.3) and not by what Unicode holds for equivalent.
///
/// Few are looked through where they stand in the text, without any allocation. Many are hashed, because a peer chooses
/// how many there are, and so are those with escapes, which stand otherwise in the text than they read.
struct MemberNames: Sendable {
    private var few = InlineArray<8, Range<Int>>(repeating: 0..<0)
    private var fewCount = 0
    private var many: Set<[UInt8]> = []

    /// - Parameters:
    ///   - name: where it stands between its quotes.
    ///   - decoded: the name with its escapes resolved; nothing when it has none.
    ///   - text: the whole text.
    /// - Returns: whether the name is new.
    mutating func insert(_ name: Range<Int>, decoded: String?, in text: [UInt8]) -> Bool {
        if decoded == nil, many.isEmpty {
            for index in 0..<fewCount where Self.areSame(few[index], name, in: text) { return false }
            if fewCount < few.count {
                few[fewCount] = name
                fewCount += 1
                return true
            }
        }
        if many.isEmpty {
            for index in 0..<fewCount { many.insert(Array(text[few[index]])) }
        }
        return many.insert(decoded.map { Array($0.utf8) } ?? Array(text[name])).inserted
    }

    private static func areSame(_ first: Range<Int>, _ second: Range<Int>, in text: [UInt8]) -> Bool {
        guard first.count == second.count else { return false }
        for index in 0..<first.count where text[first.lowerBound + index] != text[second.lowerBound + index] {
            return false
        }
        return true
    }
}
