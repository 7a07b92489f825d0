// Numbers that spread what would come at once. They keep no secret, so they need no call of the system each.

internal import Synchronization

/// SplitMix64 (Steele, Lea and Flood, 2014), of which any number of threads take.
final class Chance: Sendable {
    private let state: Atomic<UInt64>

    /// - Parameter seed: the same for the same numbers.
    init(seed: UInt64 = .random(in: .min ... .max)) { state = Atomic(seed) }

    /// The next number, from 0 up to 1.
    func next() -> Double {
        var bits = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        return Double(bits >> 11) * 0x1p-53
    }
}
