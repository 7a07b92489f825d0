// What waits for the disk. A value that decides what is written together, and when a batch is refused.

internal import EventLog
internal import NIOCore

/// One append that waits.
struct WaitingAppend: Sendable {
    let batch: EventBatch
    let completion: @Sendable (Result<Appended, EventLogError>) -> Void

    /// What the batch takes up while it waits, in bytes.
    var cost: Int {
        batch.events.reduce(EventCost.record) { $0 + $1.cost }
    }
}

/// Appends in the order in which they came, bounded in bytes. Those that are being written count until they are
/// answered.
struct WaitingAppends {
    private var waiting: [WaitingAppend] = []
    private var byteCount = 0
    private var writingByteCount = 0
    private var isWriting = false
    private var isClosed = false
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// What to do with an append.
    enum Admission: Equatable {
        /// It waits, and a write has to be scheduled.
        case schedule
        /// It waits for a write that is scheduled already.
        case wait
        case refuse(EventLogError.Code)
    }

    mutating func add(_ append: WaitingAppend) -> Admission {
        guard !isClosed else { return .refuse(.closed) }
        let cost = append.cost
        guard byteCount == 0 || byteCount + cost <= limit else { return .refuse(.busy) }
        byteCount += cost
        waiting.append(append)
        defer { isWriting = true }
        return isWriting ? .wait : .schedule
    }

    /// Takes out all that waits, to be written together.
    mutating func take() -> [WaitingAppend] {
        defer { waiting = [] }
        writingByteCount = byteCount
        return waiting
    }

    /// Notes that what was taken has been answered.
    ///
    /// - Returns: whether more waits, and another write has to be scheduled.
    mutating func finish() -> Bool {
        byteCount -= writingByteCount
        writingByteCount = 0
        isWriting = !waiting.isEmpty
        return isWriting
    }

    /// Whether there is room again for more than the next batch.
    var isRelieved: Bool { byteCount <= limit / 2 }

    /// Refuses appends from here on.
    ///
    /// - Returns: whether it was open.
    mutating func close() -> Bool {
        defer { isClosed = true }
        return !isClosed
    }
}
