// What callbacks were called, on any thread.

import Synchronization

/// Remembers whether it was told.
final class Told: Sendable {
    private let calls = CountedCalls()

    var isTold: Bool { calls.count == 1 }

    func tell() { _ = calls.next() }
}

/// Counts calls.
final class CountedCalls: Sendable {
    private let calls = Mutex(0)

    var count: Int { calls.withLock { $0 } }

    /// - Returns: the number of this call, from 1.
    func next() -> Int {
        calls.withLock { count in
            count += 1
            return count
        }
    }
}
