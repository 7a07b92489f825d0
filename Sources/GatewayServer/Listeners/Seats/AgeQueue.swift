// Who came when, oldest first, of whom any may leave at any time. Knows no connections.

internal import DequeModule
internal import NIOCore

/// Numbers in the order of their arrival.
///
/// Who leaves from within leaves an entry behind, so that leaving costs no search; there are never more such entries
/// than members.
struct AgeQueue: Sendable {
    private var arrivals: Deque<(id: UInt64, at: NIODeadline)> = []
    private var members: Set<UInt64> = []

    var count: Int { members.count }
    var isEmpty: Bool { members.isEmpty }
    /// What it holds, members or not.
    var entries: Int { arrivals.count }

    /// - Parameter at: not before the last one's.
    mutating func append(_ id: UInt64, at: NIODeadline) {
        guard members.insert(id).inserted else { return }
        arrivals.append((id, at))
    }

    /// Whether it was there.
    mutating func remove(_ id: UInt64) -> Bool {
        guard members.remove(id) != nil else { return false }
        tidy()
        return true
    }

    /// Takes out the oldest.
    mutating func popOldest() -> UInt64? {
        while let first = arrivals.popFirst() {
            if members.remove(first.id) != nil { return first.id }
        }
        return nil
    }

    /// Takes out the oldest, if it came at that time or before.
    mutating func popOldest(arrivedBy time: NIODeadline) -> UInt64? {
        while let first = arrivals.first, !members.contains(first.id) { arrivals.removeFirst() }
        guard let first = arrivals.first, first.at <= time else { return nil }
        return popOldest()
    }

    private mutating func tidy() {
        guard arrivals.count > 2 * members.count + 16 else { return }
        arrivals.removeAll { !members.contains($0.id) }
    }
}
