// Which of the dashboard's troubles become lines in the operator's log: those that no other part of the gateway tells
// of. A value: the time is passed in.

/// Makes one line of each trouble's begin and end.
struct TroubleLog: Sendable {
    /// What there is to say.
    struct Line: Sendable, Equatable {
        let trouble: Trouble
        let isOver: Bool
        /// How many changes were not told, because the trouble came and went.
        let passedOver: Int
    }

    /// The troubles without a line of their own, by their keys.
    private static let keys = [
        "probe-loop", "behind", "gaps", "sluice_delivery_seconds", "sluice_publish_seconds", "sluice_loop_lag_seconds",
        "descriptors", "clock",
    ]

    private var reporters = Dictionary(uniqueKeysWithValues: keys.map { ($0, ChangeReporter(false)) })
    /// What was last said to have begun.
    private var last: [String: Trouble] = [:]

    /// - Parameter present: all that is wrong now. Call it at each look.
    mutating func lines(for present: [Trouble], at now: ContinuousClock.Instant) -> [Line] {
        Self.keys.compactMap { key in
            let trouble = present.first { $0.key == key }
            guard let line = reporters[key]?.line(for: trouble != nil, at: now) else { return nil }
            if let trouble { last[key] = trouble }
            return last[key].map { Line(trouble: $0, isOver: !line.state, passedOver: line.passedOver) }
        }
    }
}
