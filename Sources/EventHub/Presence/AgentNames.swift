// What clients call themselves, each name once: thousands of streams have few browsers.

/// Names by number, counted by the streams that have them, and bounded.
struct AgentNames {
    /// What a stream keeps of its client's name.
    struct Number: Equatable {
        fileprivate let index: UInt16
        /// Of a client that has none, or one that there was no room for.
        static let none = Number(index: .max)
    }

    /// How many different names one shard keeps. A name that would be one more is not kept: clients choose their names.
    static let limit = 1024

    private var numbers: [String: UInt16] = [:]
    private var entries: [(name: String, streams: Int)] = []
    private var free: [UInt16] = []

    var count: Int { numbers.count }

    mutating func enter(_ name: String?) -> Number {
        guard let name else { return .none }
        if let index = numbers[name] {
            entries[Int(index)].streams += 1
            return Number(index: index)
        }
        guard numbers.count < Self.limit else { return .none }
        let index = free.popLast() ?? UInt16(entries.count)
        if Int(index) == entries.count { entries.append((name, 1)) } else { entries[Int(index)] = (name, 1) }
        numbers[name] = index
        return Number(index: index)
    }

    mutating func leave(_ number: Number) {
        guard number != .none else { return }
        let index = Int(number.index)
        entries[index].streams -= 1
        guard entries[index].streams == 0 else { return }
        numbers[entries[index].name] = nil
        entries[index].name = ""
        free.append(number.index)
    }

    func name(_ number: Number) -> String? { number == .none ? nil : entries[Int(number.index)].name }
}
