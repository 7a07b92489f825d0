// The names that an object has had, for finding one that stands twice. Knows nothing of values.

/// A set of member names, compared code unit by code unit (RFC 8259 §8.3) and not by what Unicode holds for equivalent.
///
/// Few are looked through without any allocation, many are hashed, because a peer chooses how many there are.
struct MemberNames: Sendable {
    private var few = InlineArray<8, String>(repeating: "")
    private var fewCount = 0
    private var many: Set<[UInt8]> = []

    /// - Returns: whether the name is new.
    mutating func insert(_ name: String) -> Bool {
        guard many.isEmpty else { return many.insert(Array(name.utf8)).inserted }
        for index in 0..<fewCount where few[index].utf8.elementsEqual(name.utf8) { return false }
        guard fewCount == few.count else {
            few[fewCount] = name
            fewCount += 1
            return true
        }
        for index in few.indices { many.insert(Array(few[index].utf8)) }
        return many.insert(Array(name.utf8)).inserted
    }
}
