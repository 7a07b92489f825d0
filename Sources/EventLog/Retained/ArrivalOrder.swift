// Names in the order in which they came, to be gone through in pages while others come and go. Used where a table by
// name has no order that lasts.

/// Names with numbers that rise. One that stays is on exactly one page, whatever comes and goes between two of them.
package struct ArrivalOrder<Name: Sendable>: Sendable {
    /// In the order of their numbers. Without a name, it has gone.
    private var entries: [(number: UInt64, name: Name?)] = []
    private var newest: UInt64 = 0
    /// How many of the entries have gone, and how many of these are the first ones.
    private var gone = 0
    private var start = 0

    package init() {}

    package var count: Int { entries.count - gone }

    /// The one that came first of those that are here.
    package var first: (number: UInt64, name: Name)? {
        guard start < entries.count, let name = entries[start].name else { return nil }
        return (entries[start].number, name)
    }

    /// Puts a name at the end.
    ///
    /// - Returns: its number, above 0.
    package mutating func append(_ name: Name) -> UInt64 {
        newest += 1
        entries.append((newest, name))
        return newest
    }

    /// Takes a name out by its number.
    package mutating func remove(_ number: UInt64) {
        let index = index(after: number - 1)
        guard index < entries.count, entries[index].number == number, entries[index].name != nil else { return }
        entries[index].name = nil
        gone += 1
        while start < entries.count, entries[start].name == nil { start += 1 }
        // Half of them: it costs each that goes one copy of another.
        if gone > Self.leastGone, gone > entries.count / 2 { compact() }
    }

    private static var leastGone: Int { 32 }

    private mutating func compact() {
        entries = entries[start...].filter { $0.name != nil }
        (gone, start) = (0, 0)
    }

    /// The names behind a number.
    ///
    /// - Parameters:
    ///   - number: of the last name of the page before; 0 for the first page.
    ///   - limit: how many there may be.
    package func page(after number: UInt64, limit: Int) -> [(number: UInt64, name: Name)] {
        var page: [(number: UInt64, name: Name)] = []
        for entry in entries[max(start, index(after: number))...] {
            guard page.count < limit else { break }
            if let name = entry.name { page.append((entry.number, name)) }
        }
        return page
    }

    /// Where the first entry stands whose number is higher.
    private func index(after number: UInt64) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].number > number { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
