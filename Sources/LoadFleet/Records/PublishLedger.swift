/// What was published in each lane: which numbers were given out, and which of these the gateway need not deliver.
struct PublishLedger: Sendable, Equatable {
    private(set) var lanes: [PublishedLane]

    init(laneCount: Int) {
        lanes = Array(repeating: PublishedLane(), count: laneCount)
    }

    /// Gives out the lane's next number.
    mutating func next(in lane: Int) -> UInt32 {
        lanes[lane].last += 1
        return lanes[lane].last
    }

    /// The event was refused, or nobody knows whether it was taken.
    mutating func void(_ number: UInt32, in lane: Int) {
        lanes[lane].void.insert(number)
    }

    /// Adds another publisher's ledger. A lane belongs to one publisher.
    mutating func merge(_ other: PublishLedger) {
        for (index, lane) in other.lanes.enumerated() where lane.last > 0 { lanes[index] = lane }
    }
}

/// What was published in one lane.
struct PublishedLane: Sendable, Equatable {
    /// The highest number given out; 0 for none.
    fileprivate(set) var last: UInt32 = 0
    fileprivate var void: Set<UInt32> = []

    /// How many events the gateway has promised to deliver.
    var promised: Int { Int(last) - void.count }

    /// How many of these numbers the gateway has promised to deliver.
    func promised(in numbers: ClosedRange<UInt32>) -> Int {
        numbers.count - (void.isEmpty ? 0 : void.count { numbers.contains($0) })
    }
}

/// How many events did not come.
package struct MissingEvents: Sendable, Equatable {
    /// Nobody told the stream.
    package var lost = 0
    /// The stream was told of a gap where they should have been.
    package var told = 0

    /// Nothing is missing.
    package init() {}

    /// All that did not come.
    package var count: Int { lost + told }

    mutating func add(_ count: Int, isTold: Bool) {
        if isTold { told += count } else { lost += count }
    }

    mutating func add(_ other: MissingEvents) {
        lost += other.lost
        told += other.told
    }
}
