// How much one caller may have of something, as a value: so much a time, and how much of it at once.

package import NIOCore

/// A rate, and the size of the bucket that lets a caller have some of it at once.
package struct CallRate: Sendable, Equatable {
    private let amount: Int
    private let period: TimeAmount
    private let burst: Int

    /// - Parameters:
    ///   - amount: how much, at least 1.
    ///   - period: in how long.
    ///   - burst: how much at once, of a caller that has had none for a while.
    package init(_ amount: Int, in period: TimeAmount, burst: Int) {
        (self.amount, self.period, self.burst) = (max(1, amount), period, max(1, burst))
    }

    /// How long it takes for a full bucket's content to come.
    var fillTime: UInt64 { time(for: burst) }

    /// How long what has to be there takes to come: all of it, or a full bucket.
    func neededTime(for amount: Int) -> UInt64 { time(for: min(amount, burst)) }

    /// How long it takes for so much to come. Nothing that a peer says makes it overflow.
    func time(for amount: Int) -> UInt64 {
        let product = UInt128(max(0, amount)) * UInt128(max(0, period.nanoseconds))
        return UInt64(clamping: product / UInt128(self.amount))
    }
}

/// What one caller has left of a rate: a token bucket, told by the one time at which it is full again. Time is passed
/// in.
struct TokenBucket: Sendable, Equatable {
    /// When it is full, in nanoseconds of the clock that ``NIODeadline`` reads.
    private(set) var fullAt: UInt64 = 0

    /// Takes from the bucket, unless there is too little in it. Who asks for more than it holds gets that from a full
    /// one, and owes the rest: so a whole request of any size fits, and the rate holds all the same.
    ///
    /// - Returns: nothing when it was taken, else for how long there will be too little.
    mutating func take(_ amount: Int, at now: NIODeadline, _ rate: CallRate) -> TimeAmount? {
        if let wait = wait(for: amount, at: now, rate) { return wait }
        charge(amount, at: now, rate)
        return nil
    }

    /// For how long there will be too little in it; nothing when there is enough.
    func wait(for amount: Int, at now: NIODeadline, _ rate: CallRate) -> TimeAmount? {
        let now = now.uptimeNanoseconds
        let (needed, overflow) = (fullAt > now ? fullAt - now : 0).addingReportingOverflow(rate.neededTime(for: amount))
        guard overflow || needed > rate.fillTime else { return nil }
        return .nanoseconds(Int64(clamping: overflow ? .max : needed - rate.fillTime))
    }

    /// Takes from the bucket, be it empty.
    mutating func charge(_ amount: Int, at now: NIODeadline, _ rate: CallRate) {
        let (start, cost) = (max(fullAt, now.uptimeNanoseconds), rate.time(for: amount))
        fullAt = start.addingReportingOverflow(cost).overflow ? .max : start + cost
    }
}
