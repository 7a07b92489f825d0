// Which event loops do not turn, as a value. Time is counted in looks: when the whole process stood still, nobody
// looked.

internal import NIOCore

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
