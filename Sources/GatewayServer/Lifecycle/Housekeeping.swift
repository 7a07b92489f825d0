// What is looked after twice a second, on the admin listener's thread: whatever the event loops do, it goes on.

internal import NIOCore

/// Ends connections whose time is over, watches the event loops, and keeps descriptors for probes.
struct Housekeeping: Sendable {
    let trackers: [ConnectionTracker]
    let pulses: LoopPulses
    let health: Health
    let spares: SpareDescriptors

    /// Begins. It ends with the event loop.
    ///
    /// - Parameter eventLoop: the admin listener's.
    func start(on eventLoop: any EventLoop) {
        pulses.start()
        spares.refill()
        eventLoop.scheduleRepeatedTask(initialDelay: LoopPulses.interval, delay: LoopPulses.interval) { _ in
            for tracker in trackers { tracker.tick() }
            health.look(at: pulses.counts)
            spares.refill()
        }
    }
}
