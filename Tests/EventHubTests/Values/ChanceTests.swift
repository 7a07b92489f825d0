import Testing

@testable import EventHub

@Suite struct ChanceTests {
    /// The first numbers of SplitMix64's reference (https://prng.di.unimi.it/splitmix64.c) with the seed 0.
    @Test func `the numbers are SplitMix64's`() {
        let chance = Chance(seed: 0)
        let bits: [UInt64] = [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]
        for bits in bits { #expect(chance.next() == Double(bits >> 11) / 9_007_199_254_740_992) }
    }

    @Test func `each has chances of its own, from 0 up to 1`() {
        let (one, other) = (Chance(), Chance())
        let numbers = (0..<1000).flatMap { _ in [one.next(), other.next()] }
        #expect(Set(numbers).count == numbers.count)
        #expect(numbers.allSatisfy { (0..<1).contains($0) })
    }
}
