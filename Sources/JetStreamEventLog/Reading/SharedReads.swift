// Which reads of the stream are under way, and who waits for them. A value. Streams that wait for the same thing share
// one read, and a node has few at a time: the server has other nodes to serve.

internal import EventLog

/// What a read is for.
struct ReadKey: Sendable, Hashable {
    let place: LoggedEventID
    let interest: Interest
    let byteLimit: Int
}

/// The reads that are under way, and those that wait for their turn, in the order in which they were asked for.
struct SharedReads<Waiter: Sendable>: Sendable {
    /// How many are under way at most.
    let limit: Int
    private var waiters: [ReadKey: [Waiter]] = [:]
    private var running: Set<ReadKey> = []
    private var line: [ReadKey] = []
    /// How many of the line have had their turn.
    private var taken = 0

    init(limit: Int) { self.limit = limit }

    /// How many reads there are that have not been answered.
    var count: Int { waiters.count }

    /// Notes who waits for a read.
    ///
    /// - Returns: the read, if it has to begin now.
    mutating func add(_ waiter: Waiter, for key: ReadKey) -> ReadKey? {
        waiters[key, default: []].append(waiter)
        guard waiters[key]?.count == 1 else { return nil }
        line.append(key)
        return takeNext()
    }

    /// A read has been answered.
    ///
    /// - Returns: who waited for it, and the read that has to begin now.
    mutating func finish(_ key: ReadKey) -> (waiters: [Waiter], next: ReadKey?) {
        running.remove(key)
        let answered = waiters.removeValue(forKey: key) ?? []
        return (answered, takeNext())
    }

    /// Takes all who wait, so that they can be told why there is nothing.
    mutating func removeAll() -> [Waiter] {
        defer { (waiters, line, taken) = ([:], [], 0) }
        return waiters.values.flatMap { $0 }
    }

    private mutating func takeNext() -> ReadKey? {
        guard running.count < limit, taken < line.count else { return nil }
        let key = line[taken]
        taken += 1
        if taken > line.count / 2 {
            line.removeFirst(taken)
            taken = 0
        }
        running.insert(key)
        return key
    }
}
