// A moment, for the time that something takes. It is no date, and is made so small that each event of a log can have
// one.

package import NIOCore

/// A moment of the machine's steady clock, in microseconds. They begin anew after 71 minutes: two stamps tell a span of
/// up to half an hour.
package struct Stamp: Sendable, Equatable {
    private let ticks: UInt32

    private init(ticks: UInt32) { self.ticks = ticks }

    /// - Parameter time: of the clock that event loops have, too.
    package init(_ time: NIODeadline) {
        // Zero is taken: a microsecond more says the same.
        self.init(ticks: max(1, UInt32(truncatingIfNeeded: time.uptimeNanoseconds / 1000)))
    }

    /// No moment: of an event that was read from a log, and not followed on its way.
    package static let unknown = Stamp(ticks: 0)

    package var isKnown: Bool { ticks != 0 }

    /// The moment that it is.
    package static let systemClock: @Sendable () -> Stamp = { Stamp(.now()) }

    /// How many microseconds there are from here to a later moment; none to an earlier one.
    package func microseconds(to later: Stamp) -> UInt64 {
        let span = later.ticks &- ticks
        return span <= UInt32.max / 2 ? UInt64(span) : 0
    }
}
