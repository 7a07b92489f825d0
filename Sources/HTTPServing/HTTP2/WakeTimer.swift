// A connection's one timer over many deadlines, of which the earliest counts. Moving a deadline further away costs
// nothing: the timer fires when it was set to, and whoever is called looks what is due.

internal import NIOCore

/// Calls at the earliest of the times it was given, or a little before a later one. Used on one event loop.
final class WakeTimer {
    private let eventLoop: any EventLoop
    private let fired: () -> Void
    private var timer: (task: Scheduled<Void>, at: NIODeadline)?

    /// - Parameter fired: called on the loop; it keeps what it captures alive until ``cancel()``.
    init(on eventLoop: any EventLoop, fired: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.fired = fired
    }

    /// Sees to it that there is a call at `deadline` or before.
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
