// Names that are granted, one by one or all that begin alike. Compares bytes, and looks through few of them however
// many there are: a token is its issuer's, but each publish asks.

/// A set of patterns: a name, or a beginning followed by `*`.
package struct GrantPatterns: Sendable, Equatable {
    /// Sorted by their bytes.
    private var names: [String] = []
    /// Beginnings, sorted by their bytes. None begins with another, so a name can only begin with the last that is not
    /// behind it.
    private var prefixes: [String] = []

    /// None.
    package init() {}

    /// - Parameter patterns: any number, in any order.
    /// - Returns: nothing when one is no pattern: `*` may only be its last character, and the rest as names are.
    package init?(_ patterns: [String]) {
        for pattern in patterns {
            if pattern.utf8.last == UInt8(ascii: "*") {
                guard let prefix = String(pattern.utf8.dropLast()) else { return nil }
                guard prefix.isEmpty || NameRule.allows(prefix) else { return nil }
                prefixes.append(prefix)
            } else {
                guard NameRule.allows(pattern) else { return nil }
                names.append(pattern)
            }
        }
        sort()
    }

    /// All patterns of several sets.
    init(uniting sets: [GrantPatterns]) {
        names = sets.flatMap(\.names)
        prefixes = sets.flatMap(\.prefixes)
        sort()
    }

    private mutating func sort() {
        if names.count > 1 { names.sort(by: Self.precedes) }
        if prefixes.count > 1 { prefixes = Self.shortest(prefixes.sorted(by: Self.precedes)) }
    }

    var isEmpty: Bool { names.isEmpty && prefixes.isEmpty }

    /// The patterns, as ``init(_:)`` takes them.
    package var patterns: [String] { names + prefixes.map { $0 + "*" } }

    /// Whether a name is one of these.
    package func matches(_ name: String) -> Bool {
        if let other = Self.last(in: names, notBehind: name), Self.areSame(other, name) { return true }
        guard let prefix = Self.last(in: prefixes, notBehind: name) else { return false }
        return prefix.isEmpty || name.utf8.starts(with: prefix.utf8)
    }

    private static func areSame(_ first: String, _ second: String) -> Bool {
        first.utf8.count == second.utf8.count && first.utf8.elementsEqual(second.utf8)
    }

    private static func precedes(_ first: String, _ second: String) -> Bool {
        first.utf8.lexicographicallyPrecedes(second.utf8)
    }

    private static func shortest(_ sorted: [String]) -> [String] {
        var kept: [String] = []
        for prefix in sorted {
            if let last = kept.last, prefix.utf8.starts(with: last.utf8) { continue }
            kept.append(prefix)
        }
        return kept
    }

    private static func last(in sorted: [String], notBehind name: String) -> String? {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if precedes(name, sorted[middle]) { high = middle } else { low = middle + 1 }
        }
        return low > 0 ? sorted[low - 1] : nil
    }
}
