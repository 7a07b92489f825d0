// Runs tasks where their messages come. A task elsewhere has to be woken for what is read, and wakes the event loop for
// what it sends: two threads that wait for each other cost more than what they do.

internal import NIOCore

/// Runs a task's jobs on an event loop.
package final class LoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
