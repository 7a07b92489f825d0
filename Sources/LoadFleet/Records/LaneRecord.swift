/// Which events of one lane a stream has had.
///
/// A lane is a sequence of events with the numbers 1, 2, 3, … that one publisher sends to one audience, one after the
/// other. So they have one order, and each stream of the audience must get each of them once. A value of constant size
/// while nothing is missing.
struct LaneRecord: Sendable, Equatable {
    /// What an event means for a stream that has had others.
    enum Verdict: Equatable {
        /// It comes after all that are there. What lies between is missing for now.
        case inOrder
        /// A later event was there before it.
        case outOfOrder
        /// It was there already.
        case doubled
    }

    /// The numbers that a later event has overtaken.
    private struct Hole: Equatable {
        var range: ClosedRange<UInt32>
        /// Whether the stream was told of a gap there.
        let isTold: Bool
    }

    private(set) var highest: UInt32 = 0
    private var holes: [Hole] = []
    /// A gap was told and no event has come since.
    private var isBehindGap = false

    /// An event came.
    mutating func received(_ number: UInt32) -> Verdict {
        guard number > highest else { return fill(number) }
        if number > highest + 1 { holes.append(Hole(range: highest + 1...number - 1, isTold: isBehindGap)) }
        highest = number
        isBehindGap = false
        return .inOrder
    }

    /// The stream was told that it misses something.
    mutating func gapTold() {
        isBehindGap = true
    }

    /// What is missing of what was published.
    func missing(of lane: PublishedLane) -> MissingEvents {
        var missing = MissingEvents()
        for hole in holes { missing.add(lane.promised(in: hole.range), isTold: hole.isTold) }
        if lane.last > highest { missing.add(lane.promised(in: highest + 1...lane.last), isTold: isBehindGap) }
        return missing
    }

    private mutating func fill(_ number: UInt32) -> Verdict {
        guard let index = holes.firstIndex(where: { $0.range.contains(number) }) else { return .doubled }
        let hole = holes.remove(at: index)
        if number < hole.range.upperBound {
            holes.insert(Hole(range: number + 1...hole.range.upperBound, isTold: hole.isTold), at: index)
        }
        if number > hole.range.lowerBound {
            holes.insert(Hole(range: hole.range.lowerBound...number - 1, isTold: hole.isTold), at: index)
        }
        return .outOfOrder
    }
}
