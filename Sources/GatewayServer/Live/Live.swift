// A value that changes while connections live. One thread swaps it; each event loop reads it without a lock.

internal import NIOCore
internal import Synchronization

/// The newest of a row of values. A read is one atomic load.
///
/// A value must stay between a reader's load and its first reference. So a replaced value is held until each event loop
/// has turned once. By then its readers are done with their step, and later readers find the new value
/// (read-copy-update, with the loops' turns as grace periods). A task of each loop holds the old value, so that nothing
/// waits. A loop that stands still holds it for as long as it does.
final class Live<Value: AnyObject & Sendable>: Sendable {
    private let newest: Atomic<Unmanaged<Value>>
    private let eventLoops: [any EventLoop]

    /// - Parameter eventLoops: all event loops that read it.
    init(_ value: Value, readBy eventLoops: [any EventLoop]) {
        newest = Atomic(Unmanaged.passRetained(value))
        self.eventLoops = eventLoops
    }

    deinit { newest.load(ordering: .acquiring).release() }

    /// The newest value. Call this on one of the event loops, use the value within one step there, and keep it nowhere.
    var value: Value {
        assert(eventLoops.contains { $0.inEventLoop }, "A live value is read on the event loops that it was made for.")
        return newest.load(ordering: .acquiring).takeUnretainedValue()
    }

    /// Replaces the value. Whoever reads from here on gets the new one.
    func replace(with value: Value) {
        let old = newest.exchange(Unmanaged.passRetained(value), ordering: .acquiringAndReleasing).takeRetainedValue()
        for eventLoop in eventLoops { eventLoop.execute { withExtendedLifetime(old) {} } }
    }
}
