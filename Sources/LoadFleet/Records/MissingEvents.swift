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
