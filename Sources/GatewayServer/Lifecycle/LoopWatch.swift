// Which event loops do not turn. A value. It counts time in looks, because nobody looks while the whole process stands
// still.

internal import NIOCore
internal import Synchronization

/// Compares the beats of event loops from one look to the next. Look once per ``LoopPulses/interval``.
struct LoopWatch: Sendable {
    private var beats: [UInt64] = []
    /// How many looks ago each loop was last seen to turn.
    private var missed: [Int] = []

    /// - Parameter beats: how often each loop has beaten; always the same loops, in the same order.
    mutating func look(at beats: [UInt64]) {
        if self.beats.isEmpty { missed = beats.map { _ in 0 } }
        for (loop, count) in beats.enumerated() {
            missed[loop] = self.beats.isEmpty || self.beats[loop] != count ? 0 : missed[loop] + 1
        }
        self.beats = beats
    }

    /// The loops that have not turned for this long.
    func standing(for time: TimeAmount) -> [Int] {
        missed.indices.filter { LoopPulses.interval * missed[$0] >= time }
    }
}

// A sign of life from each event loop. The loop only counts. ``LoopWatch`` says whether a loop is late.

/// The beats of the event loops that serve connections.
final class LoopPulses: Sendable {
    /// The time between two beats of a loop that turns.
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
