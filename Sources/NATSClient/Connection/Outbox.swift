// What has been accepted to be published and is not known to have arrived: what waits for a connection, and what was
// sent and may be lost with it. A value, generic over what it keeps, so that a test keeps numbers.

internal import DequeModule

/// The publishes that are under way, bounded in bytes.
///
/// A server confirms nothing that is published. But it answers a `PING` when it has read all before it, so one of them
/// behind each batch tells what has arrived. At most one such question is open.
struct Outbox<Entry> {
    private struct Item {
        let entry: Entry
        let bytes: Int
        /// Counted from the first that was sent.
        var number: UInt64 = 0
    }

    /// How many bytes may be under way.
    let limit: Int
    /// How many are.
    private(set) var bytes = 0
    private var waiting: Deque<Item> = []
    private var sent: Deque<Item> = []
    private var lastNumber: UInt64 = 0
    /// The last number before the open question.
    private var asked: UInt64?

    init(limit: Int) { self.limit = limit }

    /// Whether nothing is under way.
    var isEmpty: Bool { waiting.isEmpty && sent.isEmpty }

    /// Takes one more.
    ///
    /// - Parameter isSent: whether it is sent now. It waits otherwise.
    /// - Returns: whether there is room. Nothing is so large that it does not fit alone.
    mutating func add(_ entry: consuming Entry, bytes count: Int, isSent: Bool) -> Bool {
        guard isEmpty || bytes + count <= limit else { return false }
        bytes += count
        if isSent { send(Item(entry: entry, bytes: count)) } else { waiting.append(Item(entry: entry, bytes: count)) }
        return true
    }

    private mutating func send(_ item: consuming Item) {
        lastNumber += 1
        item.number = lastNumber
        sent.append(item)
    }

    /// What waits is sent now, in its order.
    ///
    /// - Returns: what is to be sent.
    mutating func sendWaiting() -> [Entry] {
        let items = waiting
        waiting = []
        for item in items { send(item) }
        return items.map(\.entry)
    }

    /// Whether a `PING` has to go behind what was sent. It counts as sent then.
    mutating func asks() -> Bool {
        guard asked == nil, !sent.isEmpty else { return false }
        asked = lastNumber
        return true
    }

    /// The question is answered.
    ///
    /// - Returns: what has arrived.
    mutating func confirmed() -> [Entry] {
        guard let last = asked else { return [] }
        asked = nil
        var entries: [Entry] = []
        entries.reserveCapacity(sent.count)
        while !sent.isEmpty, sent[sent.startIndex].number <= last {
            let item = sent.removeFirst()
            bytes -= item.bytes
            entries.append(item.entry)
        }
        return entries
    }

    /// The connection is lost.
    ///
    /// - Returns: what was sent, of which nobody knows whether it has arrived. What waits, waits on.
    mutating func lost() -> [Entry] {
        asked = nil
        let items = sent
        sent = []
        return release(items)
    }

    /// Nothing is sent any more.
    ///
    /// - Returns: what was never sent.
    mutating func abandonWaiting() -> [Entry] {
        let items = waiting
        waiting = []
        return release(items)
    }

    private mutating func release(_ items: Deque<Item>) -> [Entry] {
        for item in items { bytes -= item.bytes }
        return items.map(\.entry)
    }
}
