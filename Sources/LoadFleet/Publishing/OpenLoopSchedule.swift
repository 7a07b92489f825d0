internal import NIOCore

/// When things of a steady rate are due, whether the one before them is done or not.
///
/// The time that counts for a latency is the scheduled one: a publisher that waits for a slow answer would else not see
/// how long the events behind it wait (coordinated omission). A value; the caller brings the time.
struct OpenLoopSchedule: Sendable, Equatable {
    /// When number 0 is due.
    let start: NIODeadline
    /// How many a second.
    let rate: Double

    /// When a number is due.
    func time(of number: Int) -> NIODeadline {
        start + .nanoseconds(Int64(Double(number) * 1e9 / rate))
    }

    /// How many are due at a time, from number 0 on.
    func dueCount(at now: NIODeadline) -> Int {
        guard now >= start else { return 0 }
        return Int(Double((now - start).nanoseconds) * rate / 1e9) + 1
    }
}
