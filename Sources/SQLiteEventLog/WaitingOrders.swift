// Session orders that wait for the disk. A value that decides what is written together, and when one is refused.

internal import EventLog

/// One order that waits.
struct WaitingOrder: Sendable {
    let order: SessionOrder
    let completion: @Sendable (Result<Void, EventLogError>) -> Void
}

/// Orders in the sequence in which they came, bounded in number.
struct WaitingOrders {
    /// Each is of a caller that waits for its answer. Beyond, callers come faster than the disk takes them.
    static let limit = 1024

    private var waiting: [WaitingOrder] = []
    private var isWriting = false

    /// What to do with an order.
    enum Admission: Equatable {
        /// It waits, and a turn of the writer has to be scheduled.
        case schedule
        /// It waits for a turn that is scheduled already.
        case wait
        case refuse
    }

    mutating func add(_ order: WaitingOrder) -> Admission {
        guard waiting.count < Self.limit else { return .refuse }
        waiting.append(order)
        defer { isWriting = true }
        return isWriting ? .wait : .schedule
    }

    /// Takes out all that waits, to be written together.
    mutating func take() -> [WaitingOrder] {
        defer { waiting = [] }
        return waiting
    }

    /// Notes that what was taken has been answered.
    ///
    /// - Returns: whether more waits, and another turn has to be scheduled.
    mutating func finish() -> Bool {
        isWriting = !waiting.isEmpty
        return isWriting
    }
}
