// How many streams each of many names has at one node, in an order that is the same at all nodes. A value.

internal import EventLog

/// Names with counts above zero, in 256 parts by a hash: a page of them, and a message with some, need one part at a
/// time.
struct CountedNames: Sendable {
    /// A name with its count.
    struct Entry: Sendable, Equatable {
        let name: String
        let streams: Int
    }

    private struct Count {
        var streams: UInt32
        /// When it was told last: all that a node does not name in a pass are gone.
        var pass: UInt32
    }

    private var parts = [[String: Count]](repeating: [:], count: Self.partCount)
    private(set) var count = 0
    /// What they take up, about.
    private(set) var bytes = 0

    static let partCount = 256

    /// How many streams a name has.
    subscript(name: String) -> Int { Int(parts[Self.part(of: name)][name]?.streams ?? 0) }

    /// Sets a name's count; 0 takes it out.
    mutating func set(_ name: String, to streams: Int, pass: UInt32 = 0) {
        let part = Self.part(of: name)
        guard streams > 0 else {
            if parts[part].removeValue(forKey: name) != nil { shrink(by: name) }
            return
        }
        let new = Count(streams: UInt32(clamping: streams), pass: pass)
        guard parts[part].updateValue(new, forKey: name) == nil else { return }
        (count, bytes) = (count + 1, bytes + Self.cost(of: name))
    }

    /// Takes out those that were not set in a pass.
    mutating func drop(allBut pass: UInt32) {
        for part in parts.indices {
            for (name, count) in parts[part] where count.pass != pass {
                parts[part][name] = nil
                shrink(by: name)
            }
        }
    }

    private mutating func shrink(by name: String) { (count, bytes) = (count - 1, bytes - Self.cost(of: name)) }

    /// A part's names, in no order.
    func entries(ofPart part: Int) -> [Entry] { parts[part].map { Entry(name: $0, streams: Int($1.streams)) } }

    /// What a name takes up: its place in a table that has just grown, and its text.
    static func cost(of name: String) -> Int { 96 + EventCost.bytes(ofText: name.utf8.count) }

    /// Which part a name is in: FNV-1a, folded. Nodes of all versions agree on it, since a page may begin where another
    /// node's ended.
    static func part(of name: String) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash ^= hash >> 32
        hash ^= hash >> 16
        hash ^= hash >> 8
        return Int(hash & 0xff)
    }

    /// A page of the sums of several nodes: by part, and in each by the bytes of the names.
    ///
    /// - Parameters:
    ///   - name: the last of the page before; nothing for the first page.
    ///   - limit: how many at most.
    static func page(of nodes: [CountedNames], after name: String?, limit: Int) -> [Entry] {
        var page: [Entry] = []
        for part in (name.map(part) ?? 0)..<partCount where page.count < limit {
            var sums: [String: Int] = [:]
            for node in nodes {
                for (name, count) in node.parts[part] { sums[name, default: 0] += Int(count.streams) }
            }
            let start = name.flatMap { Self.part(of: $0) == part ? $0 : nil }
            let names = sums.keys.filter { start == nil || precedes(start ?? "", $0) }.sorted(by: precedes)
            page += names.prefix(limit - page.count).map { Entry(name: $0, streams: sums[$0] ?? 0) }
        }
        return page
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
