internal import NIOCore

/// What one publisher has to do: which lanes in turn, how fast, and until when.
struct PublishJob: Sendable, Equatable {
    /// When the next request is sent.
    enum Pace: Equatable {
        /// At its scheduled time, or after the last answer if that comes later.
        case rated(OpenLoopSchedule)
        /// As soon as the last one is answered.
        case closed
    }

    /// The end, whichever is first.
    struct Limit: Equatable {
        /// How many events there are in all.
        var events = Int.max
        /// No request is due at or after this time.
        var deadline = NIODeadline.distantFuture
    }

    /// The lanes that get an event each, in turn. Not empty.
    var lanes: [Int]
    var pace: Pace
    /// Events per request.
    var batch: Int
    var limit: Limit
}

/// Decides what a publisher does next. A value without a clock and without a connection.
struct PublisherState: Sendable {
    enum Action: Equatable {
        /// Send these events, which were due at that time.
        case publish(lanes: [Int], dueAt: NIODeadline)
        case wait(until: NIODeadline)
        case finished
    }

    private let job: PublishJob
    private var sentRequests = 0
    private var sentEvents = 0
    private var isStopped = false

    init(_ job: PublishJob) {
        self.job = job
    }

    /// Ends the job before its limit.
    mutating func stop() {
        isStopped = true
    }

    /// The next action. An action `publish` counts as done.
    mutating func next(now: NIODeadline) -> Action {
        let dueAt: NIODeadline =
            switch job.pace {
            case .rated(let schedule): schedule.time(of: sentRequests)
            case .closed: now
            }
        guard !isStopped, sentEvents < job.limit.events, dueAt < job.limit.deadline else { return .finished }
        guard dueAt <= now else { return .wait(until: dueAt) }
        let count = min(job.batch, job.limit.events - sentEvents)
        let lanes = (sentEvents..<sentEvents + count).map { job.lanes[$0 % job.lanes.count] }
        sentRequests += 1
        sentEvents += count
        return .publish(lanes: lanes, dueAt: dueAt)
    }
}

/// When things of a steady rate are due, whether the last one is done or not.
///
/// A latency begins at the scheduled time. Otherwise a publisher that waits for a slow answer would not see how long
/// the events behind it wait (coordinated omission). A value: the caller passes the time.
struct OpenLoopSchedule: Sendable, Equatable {
    /// When number 0 is due.
    let start: NIODeadline
    /// How many a second.
    let rate: Double

    /// When a number is due.
    func time(of number: Int) -> NIODeadline {
        start + .nanoseconds(Int64(Double(number) * 1e9 / rate))
    }

    /// How many are due at a time, from number 0 on.
    func dueCount(at now: NIODeadline) -> Int {
        guard now >= start else { return 0 }
        return Int(Double((now - start).nanoseconds) * rate / 1e9) + 1
    }
}
