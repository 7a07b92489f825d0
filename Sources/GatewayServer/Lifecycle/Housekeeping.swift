// What is done twice a second on the admin listener's thread, so that it goes on whatever the event loops do.

internal import NIOCore

/// Ends connections whose time is over, watches the event loops, keeps descriptors for probes, and tells what was left
/// out of the log.
struct Housekeeping: Sendable {
    let trackers: [ConnectionTracker]
    let pulses: LoopPulses
    let health: Health
    let spares: SpareDescriptors
    let notices: ServiceNotices
    let metrics: ServerMetrics

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
            metrics.tellUntold()
        }
        guard let interval = notices.watchdogInterval else { return }
        let pace = min(TimeAmount(interval), LoopPulses.interval)
        eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: pace) { _ in
            // The service manager restarts a process of which a part stands still.
            if health.isTurning { notices.alive() }
        }
    }
}
