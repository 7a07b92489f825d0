// A number of an event loop's that others look at.

internal import Synchronization

/// A number that one thread sets and any thread reads.
final class ShownNumber: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .relaxed) }

    func set(_ value: Int) { number.store(value, ordering: .relaxed) }
}
