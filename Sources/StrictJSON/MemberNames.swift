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
