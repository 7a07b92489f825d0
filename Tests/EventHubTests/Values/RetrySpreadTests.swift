import EventLog
import Testing

@testable import EventHub

/// How long clients are told to wait.
@Suite struct RetrySpreadTests {
    private let spread = RetrySpread(milliseconds: 3000, reconnectsPerSecond: 5000)

    @Test func `with few streams everyone waits as long as is set`() {
        #expect(spread.milliseconds(streams: 0, chance: 0.99) == 3000)
        #expect(spread.milliseconds(streams: 4, chance: 0.99) == 3000)
    }

    @Test func `with many the waits are spread over the time that their reconnects take`() {
        #expect(spread.milliseconds(streams: 50_000, chance: 0) == 3000)
        #expect(spread.milliseconds(streams: 50_000, chance: 0.5) == 8000)
        #expect(spread.milliseconds(streams: 50_000, chance: 0.999) == 12_990)
    }

    @Test func `without a rate all wait equally long`() {
        #expect(RetrySpread(milliseconds: 100).milliseconds(streams: 1_000_000_000, chance: 0.5) == 100)
    }

    @Test(arguments: [(-1, 0.5), (.max, 0.5), (1, -3), (1, 7), (.max, .infinity)] as [(Int, Double)])
    func `no number traps`(streams: Int, chance: Double) {
        let least = RetrySpread(milliseconds: .max, reconnectsPerSecond: 0)
        #expect(least.milliseconds(streams: streams, chance: chance) == .max)
    }
}
