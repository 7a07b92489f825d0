// Whose turn it is on an event loop, when connections have more to do than a turn has room for: requests that were read
// with many others, and those that waited for their rules and have been told all at once.

internal import DequeModule
package import NIOCore

/// Has connections go on in turn: in each turn of the loop so many units of work, then the loop looks at its sockets.
/// Confined to its event loop. How the work is counted says ``TurnShare``.
package final class LoopTurns {
    /// Takes a step, and says how many units it was: none when its connection has gone meanwhile.
    typealias Step = () -> Int

    private let eventLoop: any EventLoop
    private let afterSockets: ((@escaping () -> Void) -> Bool)?
    private var waiting: Deque<Step> = []
    private var isDue = false

    /// - Parameters:
    ///   - eventLoop: the connections'.
    ///   - afterSockets: calls what it is given once the event loop has looked at its sockets, or returns false.
    ///     Without it the loop runs its other tasks in between, and does not look at its sockets.
    package init(on eventLoop: any EventLoop, afterSockets: ((@escaping () -> Void) -> Bool)? = nil) {
        self.eventLoop = eventLoop
        self.afterSockets = afterSockets
    }

    /// Has a step taken in a later turn, behind those that wait already. Never at once.
    func later(_ step: @escaping Step) {
        waiting.append(step)
        callForTurn()
    }

    private func callForTurn() {
        guard !isDue else { return }
        isDue = true
        if let afterSockets, afterSockets({ self.takeTurn() }) { return }
        eventLoop.assumeIsolated().execute { self.takeTurn() }
    }

    private func takeTurn() {
        isDue = false
        var taken = 0
        while taken < TurnShare.limit, let step = waiting.popFirst() { taken += step() }
        if !waiting.isEmpty { callForTurn() }
    }
}

@available(*, unavailable)
extension LoopTurns: Sendable {}
