// A value that changes while connections live: one thread swaps it, every event loop reads it without a lock.

internal import NIOCore
internal import Synchronization

/// The newest of a row of values. A read is one atomic load.
///
/// Between a reader's load and its first reference the value must not go. So a value that was replaced is held until
/// each event loop has turned once: a reader is done with its step by then, and further readers find the new one
/// (read-copy-update, with the loops' turns as grace periods). It is held by a task of each loop, so nothing waits, and
/// a loop that stands still holds it for as long as it does.
final class Live<Value: AnyObject & Sendable>: Sendable {
    private let newest: Atomic<Unmanaged<Value>>
    private let eventLoops: [any EventLoop]

    /// - Parameter eventLoops: all that read it.
    init(_ value: Value, readBy eventLoops: [any EventLoop]) {
        newest = Atomic(Unmanaged.passRetained(value))
        self.eventLoops = eventLoops
    }

    deinit { newest.load(ordering: .acquiring).release() }

    /// The newest. On one of the event loops; use it within one step there, and keep it nowhere.
    var value: Value {
        assert(eventLoops.contains { $0.inEventLoop }, "A live value is read on the event loops that it was made for.")
        return newest.load(ordering: .acquiring).takeUnretainedValue()
    }

    /// Puts another in its place: whoever reads from here on gets that.
    func replace(with value: Value) {
        let old = newest.exchange(Unmanaged.passRetained(value), ordering: .acquiringAndReleasing).takeRetainedValue()
        for eventLoop in eventLoops { eventLoop.execute { withExtendedLifetime(old) {} } }
    }
}
