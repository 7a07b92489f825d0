// One source of random numbers for all random tests, so that any failure can be had again from its seed.

internal import Foundation

/// Random numbers that can be had again: SplitMix64 from a seed that is printed, or taken from `SLUICE_SEED`.
package struct SeededGenerator: RandomNumberGenerator {
    /// To be given as `SLUICE_SEED`.
    package let seed: UInt64
    private var state: UInt64

    /// Prints the seed.
    ///
    /// - Parameter test: whose numbers these are.
    package init(test: String) {
        let given = ProcessInfo.processInfo.environment["SLUICE_SEED"].flatMap { UInt64($0) }
        seed = given ?? UInt64.random(in: .min ... .max)
        state = seed
        print("\(test): SLUICE_SEED=\(seed)")
    }

    /// A schedule of its own, from a seed that another generator gave.
    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
