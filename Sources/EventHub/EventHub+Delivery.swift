// When events have gone to whom they are for. Only who measures a publish asks: it costs a task for each event loop.

package import EventLog
internal import NIOCore
internal import Synchronization

extension EventHub {
    /// Calls back when each event loop that has streams for some audiences has written what was told before.
    package func afterDelivery(to audiences: [Audience], _ done: @escaping @Sendable () -> Void) {
        var concerned = ShardSet()
        for audience in audiences { concerned.formUnion(context.presence.shards(for: audience)) }
        let loops = shards.filter { concerned.contains($0.number) }.map(\.eventLoop)
        guard !loops.isEmpty else { return done() }
        let countdown = Countdown(loops.count, done)
        // The log has woken them before it completed: see ``Tail``.
        for loop in loops { loop.execute { countdown.passed() } }
    }
}

/// Calls back when all have passed.
private final class Countdown: Sendable {
    private let left: Atomic<Int>
    private let done: @Sendable () -> Void

    init(_ count: Int, _ done: @escaping @Sendable () -> Void) {
        left = Atomic(count)
        self.done = done
    }

    func passed() {
        if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { done() }
    }
}
