// Which event loops do not turn. A value. It counts time in looks, because nobody looks while the whole process stands
// still.

internal import EventLog
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

// A sign of life from each event loop. The loop only counts, and notes how late it is. ``LoopWatch`` says whether that
// is too late.

/// The beats of the event loops that serve connections.
final class LoopPulses: Sendable {
    /// The time between two looks. A loop that turns has beaten in between.
    static let interval = TimeAmount.milliseconds(500)
    /// The time between two beats.
    static let beat = TimeAmount.milliseconds(100)

    private final class Pulse: Sendable {
        let beats = Atomic<UInt64>(0)
        let lag = LatencyHistogram()
    }

    private let eventLoops: [any EventLoop]
    private let pulses: [Pulse]

    init(_ eventLoops: [any EventLoop]) {
        self.eventLoops = eventLoops
        pulses = eventLoops.map { _ in Pulse() }
    }

    /// How often each loop has beaten, in the loops' order.
    var counts: [UInt64] { pulses.map { $0.beats.load(ordering: .relaxed) } }

    /// How late each loop was at its beats, in the loops' order.
    var lags: [LatencyHistogram] { pulses.map(\.lag) }

    /// Begins. It ends with the loops.
    func start() {
        for (eventLoop, pulse) in zip(eventLoops, pulses) {
            eventLoop.execute { Self.beat(pulse, on: eventLoop, due: eventLoop.now) }
        }
    }

    private static func beat(_ pulse: Pulse, on eventLoop: any EventLoop, due: NIODeadline) {
        let now = eventLoop.now
        pulse.beats.wrappingAdd(1, ordering: .relaxed)
        for lag in LoopLag.lags(at: now, due: due) { pulse.lag.record(microseconds: lag) }
        let next = now + Self.beat
        eventLoop.scheduleTask(deadline: next) { beat(pulse, on: eventLoop, due: next) }
    }
}
