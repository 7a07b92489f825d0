// A hint to the operator that is worth one line, however often its cause comes.

internal import Synchronization

/// Gives a hint once per process.
final class OneHint: Sendable {
    private let isGiven = Atomic(false)

    /// Calls `give` the first time.
    func give(_ give: () -> Void) {
        guard !isGiven.exchange(true, ordering: .relaxed) else { return }
        give()
    }
}
