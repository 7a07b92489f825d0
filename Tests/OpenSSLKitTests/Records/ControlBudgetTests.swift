// How many records without data a client may send over time.

import NIOCore
import Testing

@testable import OpenSSLKit

@Suite struct ControlBudgetTests {
    private static let start = NIODeadline.uptimeNanoseconds(1)
    private var budget = ControlBudget()

    /// How many records are taken at a time until one is not.
    private mutating func spendAll(at now: NIODeadline) -> Int {
        var count = 0
        while budget.spend(at: now) { count += 1 }
        return count
    }

    @Test mutating func `so many are taken at once, and as many again in each period`() {
        let first = spendAll(at: Self.start)
        #expect(first == ControlBudget.records)
        let second = spendAll(at: Self.start)
        #expect(second == 0)
        let third = spendAll(at: Self.start + ControlBudget.period)
        #expect(third == ControlBudget.records)
        let fourth = spendAll(at: Self.start + .hours(24))
        #expect(fourth == ControlBudget.records)
    }

    @Test mutating func `an even pace goes on for ever`() {
        let step = TimeAmount.nanoseconds(ControlBudget.period.nanoseconds / Int64(ControlBudget.records))
        for number in 0..<100_000 as Range<Int64> {
            let isTaken = budget.spend(at: Self.start + .nanoseconds(number * step.nanoseconds))
            #expect(isTaken)
        }
    }

    @Test mutating func `a faster pace ends, whatever small data comes between`() {
        var taken = 0
        while budget.spend(at: Self.start + .milliseconds(Int64(taken) * 10)) {
            taken += 1
            budget.received(bytes: 1)
        }
        #expect((64..<80).contains(taken))
    }

    @Test mutating func `data earns, and never more than a full budget`() {
        budget.received(bytes: 100 * ControlBudget.earningBytes)
        budget.earn(.max)
        let first = spendAll(at: Self.start)
        #expect(first == ControlBudget.records)
        budget.received(bytes: ControlBudget.earningBytes - 1)
        let second = spendAll(at: Self.start)
        #expect(second == 0)
        budget.received(bytes: 1)
        let third = spendAll(at: Self.start)
        #expect(third == 1)
        budget.earn(3)
        let fourth = spendAll(at: Self.start)
        #expect(fourth == 3)
    }

    @Test mutating func `a clock that goes back takes nothing away`() {
        let first = spendAll(at: Self.start + .hours(1))
        #expect(first == ControlBudget.records)
        let second = spendAll(at: Self.start)
        #expect(second == 0)
        let third = spendAll(at: Self.start + .hours(1) + ControlBudget.period)
        #expect(third == ControlBudget.records)
    }
}
