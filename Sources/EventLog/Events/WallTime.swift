// The calendar clock, for what must hold across a restart. Deadlines within the process are `NIODeadline`s.

/// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
package struct WallTime: Sendable, Hashable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// This time plus `seconds`; the far end of the calendar where that would overflow.
    package func adding(seconds: Int64) -> WallTime {
        let (span, tooLong) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, tooLate) = milliseconds.addingReportingOverflow(span)
        return WallTime(milliseconds: tooLong || tooLate ? .max : sum)
    }

    package static func < (left: WallTime, right: WallTime) -> Bool { left.milliseconds < right.milliseconds }
}
