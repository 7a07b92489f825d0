// A sign of life from each event loop. Counting is all that happens on the loop; whether a loop is late is said
// elsewhere.

internal import NIOCore
internal import Synchronization

/// The beats of the event loops that serve connections.
final class LoopPulses: Sendable {
    /// How often a loop beats that turns.
    static let interval = TimeAmount.milliseconds(500)

    private final class Pulse: Sendable {
        let beats = Atomic<UInt64>(0)
    }

    private let eventLoops: [any EventLoop]
    private let pulses: [Pulse]

    init(_ eventLoops: [any EventLoop]) {
        self.eventLoops = eventLoops
        pulses = eventLoops.map { _ in Pulse() }
    }

    /// How often each loop has beaten, in the loops' order.
    var counts: [UInt64] { pulses.map { $0.beats.load(ordering: .relaxed) } }

    /// Begins. It ends with the loops.
    func start() {
        for (eventLoop, pulse) in zip(eventLoops, pulses) {
            eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.interval) { _ in
                pulse.beats.wrappingAdd(1, ordering: .relaxed)
            }
        }
    }
}
