internal import NIOCore

/// What one publisher is to do: which lanes in turn, how fast, and until when.
struct PublishJob: Sendable, Equatable {
    /// When the next request is sent.
    enum Pace: Equatable {
        /// At its scheduled time, or when the answer before it is there, if that is later.
        case rated(OpenLoopSchedule)
        /// As soon as the one before it is answered.
        case closed
    }

    /// The end, whichever is first.
    struct Limit: Equatable {
        /// How many events there are in all.
        var events = Int.max
        /// No request is due at this time or later.
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

    /// The next action. `publish` counts as done.
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
