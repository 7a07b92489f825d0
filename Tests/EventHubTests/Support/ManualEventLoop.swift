import Dispatch
import EventLog
import NIOCore
import NIOEmbedded

/// An event loop that runs when the test says so, on the test's own thread, with a clock that the test moves.
///
/// An `EmbeddedEventLoop` has no executor, which a shard needs. This one lends it one: the thread of the test is the
/// loop's, so an actor on it is entered without a hop. Only for tests that stay on one thread, those that await
/// nothing.
final class ManualEventLoop: NIOSerialEventLoopExecutor {
    private let base = EmbeddedEventLoop()

    var now: NIODeadline { base.now }
    var inEventLoop: Bool { base.inEventLoop }

    /// The loop's time as a calendar's, which begins on 2026-09-21 at 14:13:20.
    var calendar: @Sendable () -> WallTime {
        { WallTime(milliseconds: 1_790_000_000_000 + Int64(self.now.uptimeNanoseconds / 1_000_000)) }
    }

    /// Runs everything that is due, and what that brings along.
    func run() { base.run() }

    /// Lets time pass, and runs what becomes due meanwhile at its time.
    func advance(by time: TimeAmount) { base.advanceTime(by: time) }

    func execute(_ task: @escaping @Sendable () -> Void) { base.execute(task) }

    func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        base.scheduleTask(deadline: deadline, task)
    }

    func scheduleTask<T>(in time: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        base.scheduleTask(in: time, task)
    }

    func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        base.shutdownGracefully(queue: queue, callback)
    }
}
