// The newest of what came, as much as fits, of which who causes most of it loses its own. A value.

internal import DequeModule

/// The newest elements, within a number of bytes.
struct BoundedRing<Element: Sendable>: Sendable {
    private struct Entry: Sendable {
        let element: Element
        let owner: String?
        let cost: Int
    }

    /// Whoever has more than this part of a full ring makes room by itself.
    static var share: Int { 8 }

    private var entries: Deque<Entry> = []
    private var total = 0
    /// By owner.
    private var held: [String: Int] = [:]

    var count: Int { entries.count }
    var byteCount: Int { total }

    /// - Parameters:
    ///   - owner: who causes it. One that comes back each second would otherwise push out what others have had.
    ///   - limit: how many bytes there are.
    mutating func append(_ element: Element, of owner: String?, cost: Int, limit: Int) {
        entries.append(Entry(element: element, owner: owner, cost: cost))
        total += cost
        if let owner { held[owner, default: 0] += cost }
        guard total > limit else { return }
        if let owner, let bytes = held[owner], bytes > limit / Self.share { halve(owner, bytes) }
        while total > limit, let first = entries.popFirst() { release(first) }
    }

    /// Lets the older half go of what an owner has. Half, because it takes a look at all: so that costs a few looks for
    /// each element that comes.
    private mutating func halve(_ owner: String, _ bytes: Int) {
        var excess = bytes / 2
        var kept: Deque<Entry> = []
        kept.reserveCapacity(entries.count)
        for entry in entries {
            if entry.owner == owner, excess > 0 {
                excess -= entry.cost
                release(entry)
            } else {
                kept.append(entry)
            }
        }
        entries = kept
    }

    private mutating func release(_ entry: Entry) {
        total -= entry.cost
        guard let owner = entry.owner, let bytes = held[owner] else { return }
        held[owner] = bytes > entry.cost ? bytes - entry.cost : nil
    }

    /// The newest that is what is looked for.
    func last(_ isWanted: (Element) -> Bool) -> Element? { entries.last { isWanted($0.element) }?.element }

    /// All that came behind the newest that is what is looked for; none where there is no such.
    func following(_ isWanted: (Element) -> Bool) -> [Element] {
        guard let index = entries.lastIndex(where: { isWanted($0.element) }) else { return [] }
        return entries[(index + 1)...].map(\.element)
    }

    /// Those that are, the oldest first.
    func elements(_ isWanted: (Element) -> Bool) -> [Element] {
        entries.compactMap { isWanted($0.element) ? $0.element : nil }
    }
}
