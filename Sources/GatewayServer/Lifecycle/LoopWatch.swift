// Which event loops do not turn, as a value. Time is counted in looks: when the whole process stood still, nobody
// looked.

internal import NIOCore
internal import Synchronization

/// Compares the beats of event loops from one look to the next. Look once per ``LoopPulses/interval``.
struct LoopWatch: Sendable {
    private var beats: [UInt64] = []
    /// How many looks ago each loop was last seen to beat.
    private var missed: [Int] = []

    /// - Parameter beats: how often each loop has beaten, always of the same loops.
    mutating func look(at beats: [UInt64]) {
        if self.beats.isEmpty { missed = beats.map { _ in 0 } }
        for (loop, count) in beats.enumerated() {
            missed[loop] = self.beats.isEmpty || self.beats[loop] != count ? 0 : missed[loop] + 1
        }
        self.beats = beats
    }

    /// The loops that have not turned for so long.
    func standing(for time: TimeAmount) -> [Int] {
        missed.indices.filter { LoopPulses.interval * missed[$0] >= time }
    }
}

// A sign of life from each event loop. Counting is all that happens on the loop; whether a loop is late is said
// elsewhere.

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
