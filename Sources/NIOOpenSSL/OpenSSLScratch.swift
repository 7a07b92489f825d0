// Working memory that the connections of one event loop share, so that an idle connection holds no buffers.

internal import NIOCore
internal import OpenSSLKit

/// Working memory for all ``OpenSSLHandler``s of one event loop.
///
/// Make one per event loop and pass it to every handler there. It is used only while a handler is on the stack.
public final class OpenSSLScratch {
    let records = RecordScratch()
    let traffic: TLSTraffic
    // Room for the writes of one flush, lent to whichever connection has more than one of them.
    private var spareQueue: [PendingWrites.Item] = []
    private var turns: HandshakeTurns
    private var deadlines = HandshakeDeadlines<OpenSSLHandler>()
    private let afterSockets: ((@escaping () -> Void) -> Bool)?

    /// Makes working memory that allocates nothing until it is used.
    ///
    /// - Parameters:
    ///   - handshakeStepsPerTurn: How many steps of servers' handshakes are taken in one turn of the event loop; more
    ///     wait for the next ones, so that a storm of new connections does not hold up those that are open. A handshake
    ///     has two steps of a few hundred microseconds each. Without it there is no limit.
    ///   - traffic: Counts what these connections send and receive. Of this event loop alone.
    ///   - afterSockets: Calls what it is given once the event loop has looked at its sockets, or returns false.
    ///     Without it a timer has to do, until which the loop sleeps.
    public init(
        handshakeStepsPerTurn: Int = .max, traffic: TLSTraffic = TLSTraffic(),
        afterSockets: ((@escaping () -> Void) -> Bool)? = nil
    ) {
        self.traffic = traffic
        turns = HandshakeTurns(limit: handshakeStepsPerTurn)
        self.afterSockets = afterSockets
    }

    /// Asks for a turn.
    ///
    /// - Parameters:
    ///   - eventLoop: The loop that this memory belongs to.
    ///   - step: Called in a later turn, unless the answer is true; says whether there was anything to do.
    /// - Returns: Whether the step may be taken now.
    func mayTakeHandshakeStep(on eventLoop: any EventLoop, orLater step: @escaping () -> Bool) -> Bool {
        let entry = turns.enter(step)
        // Behind what the loop's sockets brought this time, and without a timer.
        if turns.needsEnd() { eventLoop.assumeIsolated().execute { self.endTurn(on: eventLoop) } }
        return entry == .now
    }

    private func endTurn(on eventLoop: any EventLoop) {
        turns.endTurn()
        var hasTaken = false
        while let step = turns.next() {
            guard step() else { continue }
            turns.took()
            hasTaken = true
        }
        guard hasTaken, turns.needsEnd() else { return }
        // Between two turns the loop has to look at its sockets, and it runs all tasks that are due before it does.
        let next = { self.endTurn(on: eventLoop) }
        if let afterSockets, afterSockets(next) { return }
        eventLoop.assumeIsolated().scheduleTask(in: Self.pause, next)
    }

    /// Long enough that the next turn is not due yet when the loop is done with its tasks.
    private static let pause = TimeAmount.microseconds(100)

    /// Has `handler` called when its handshake takes too long.
    ///
    /// - Returns: for ``handshakeEnded(_:)``; nil when it needs a timer of its own, because its time is shorter than
    ///   that of others, who may be gone.
    func handshakeBegins(
        _ handler: OpenSSLHandler, within time: TimeAmount, on eventLoop: any EventLoop
    ) -> Int? {
        let place = deadlines.append(handler, until: eventLoop.now + time)
        if place != nil { startTimer(on: eventLoop) }
        return place
    }

    /// A handshake that has begun needs no deadline any more.
    func handshakeEnded(_ place: Int) { deadlines.remove(place) }

    // The timer goes on to the first deadline, whosoever it was when it was set. A loop where no handshake is under way
    // has none.
    private func startTimer(on eventLoop: any EventLoop) {
        guard let deadline = deadlines.neededTimer() else { return }
        eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.deadlines.timerCame()
            while let handler = self.deadlines.takePassed(at: eventLoop.now) { handler.handshakeDeadlinePassed() }
            self.startTimer(on: eventLoop)
        }
    }

    /// Lends the storage of a queue that has been worked off.
    func takeSpareQueue() -> [PendingWrites.Item] {
        defer { spareQueue = [] }
        return spareQueue
    }

    /// Takes back the storage of a queue that has been worked off.
    ///
    /// - Parameter queue: Its only owner, or emptying it would allocate; it is left empty.
    func lend(_ queue: inout [PendingWrites.Item]) {
        guard queue.capacity > spareQueue.capacity, queue.capacity <= Self.retainedWrites else { return }
        queue.removeAll(keepingCapacity: true)
        swap(&queue, &spareQueue)
    }

    private static let retainedWrites = 1_024
}

@available(*, unavailable)
extension OpenSSLScratch: Sendable {}
