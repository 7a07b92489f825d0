/// Which of its events one stream has had: those of its user's lane, and those of everyone's lanes when there are some.
///
/// A value. The stream's handler tells it what arrives. At the end the ledger of what was published shows what did not.
struct DeliveryRecord: Sendable, Equatable {
    /// What an event means for this stream.
    enum Verdict: Equatable {
        case inOrder, outOfOrder, doubled
        /// It is for another stream.
        case misdelivered
    }

    /// The lane of the stream's user.
    let lane: Int
    /// The lanes of the events for everyone.
    let everyone: Range<Int>

    private var own = LaneRecord()
    private var shared: [LaneRecord]

    init(lane: Int, everyone: Range<Int>) {
        self.lane = lane
        self.everyone = everyone
        shared = Array(repeating: LaneRecord(), count: everyone.count)
    }

    /// Whether no event has come.
    var isEmpty: Bool { own.highest == 0 && shared.allSatisfy { $0.highest == 0 } }

    /// An event came.
    mutating func received(_ event: FleetEvent) -> Verdict {
        let verdict: LaneRecord.Verdict
        if event.lane == lane {
            verdict = own.received(event.number)
        } else if everyone.contains(event.lane) {
            verdict = shared[event.lane - everyone.lowerBound].received(event.number)
        } else {
            return .misdelivered
        }
        return switch verdict {
        case .inOrder: .inOrder
        case .outOfOrder: .outOfOrder
        case .doubled: .doubled
        }
    }

    /// The stream was told that it misses something (`sluice.gap`), which may be of any lane.
    mutating func gapTold() {
        own.gapTold()
        for index in shared.indices { shared[index].gapTold() }
    }

    /// What is missing of what was published.
    func missing(of ledger: PublishLedger) -> MissingEvents {
        var missing = own.missing(of: ledger.lanes[lane])
        for (record, lane) in zip(shared, everyone) { missing.add(record.missing(of: ledger.lanes[lane])) }
        return missing
    }
}
