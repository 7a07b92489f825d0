// A connection's one timer. Its deadline moves with each request and hardly ever passes. So moving it further away only
// stores a number, and the timer looks at the deadline when it fires.

internal import NIOCore

/// Calls once when a movable deadline has passed. Used on one event loop.
final class DeadlineTimer {
    private let eventLoop: any EventLoop
    private let passed: () -> Void
    private var deadline: NIODeadline?
    private var timer: (task: Scheduled<Void>, at: NIODeadline)?

    /// - Parameter passed: called on the loop, each time that a deadline passes; it keeps what it captures alive until
    ///   ``cancel()``.
    init(on eventLoop: any EventLoop, passed: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.passed = passed
    }

    /// Moves the deadline to `limit` from now; nothing lifts it.
    func set(_ limit: TimeAmount?) {
        deadline = limit.map { eventLoop.now + $0 }
        guard let deadline else { return }
        if let timer, timer.at <= deadline { return }
        timer?.task.cancel()
        schedule(at: deadline)
    }

    func cancel() {
        deadline = nil
        timer?.task.cancel()
        timer = nil
    }

    private func schedule(at deadline: NIODeadline) {
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.fired() }
        timer = (task, deadline)
    }

    private func fired() {
        timer = nil
        guard let deadline else { return }
        if deadline <= eventLoop.now {
            self.deadline = nil
            passed()
        } else {
            schedule(at: deadline)
        }
    }
}

// A connection's one timer for many deadlines. The earliest counts. Moving a deadline further away costs nothing: the
// timer fires when it was set to, and its owner looks which deadlines have come.

/// Calls at the earliest of the times that it was given, or a little before a later one. Use it on one event loop.
final class WakeTimer {
    private let eventLoop: any EventLoop
    private let fired: () -> Void
    private var timer: (task: Scheduled<Void>, at: NIODeadline)?

    /// - Parameter fired: called on the loop; it keeps what it captures alive until ``cancel()``.
    init(on eventLoop: any EventLoop, fired: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.fired = fired
    }

    /// Makes sure that there is a call at `deadline` or before.
    func wake(at deadline: NIODeadline) {
        if let timer, timer.at <= deadline { return }
        timer?.task.cancel()
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timer = nil
            self.fired()
        }
        timer = (task, deadline)
    }

    func cancel() {
        timer?.task.cancel()
        timer = nil
    }
}
