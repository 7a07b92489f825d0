internal import NIOCore

/// A plan's publishing as jobs, one per publisher.
struct FleetJobs: Sendable {
    private let plan: FleetPlan
    private let lanes: FleetLanes

    /// Events per request when only their number matters.
    private static let fillBatch = 100

    init(_ plan: FleetPlan) {
        self.plan = plan
        lanes = FleetLanes(plan)
    }

    /// What the plan's rate, limit and batch ask for.
    func load(start: NIODeadline) -> [PublishJob] {
        (0..<plan.publishers).map { publisher in
            PublishJob(
                lanes: lanes.lanes(of: publisher), pace: pace(of: publisher, start), batch: plan.batch,
                limit: limit(of: publisher, start))
        }
    }

    /// Events for the steady streams at the plan's rate, until it is stopped.
    func steady(start: NIODeadline) -> PublishJob {
        PublishJob(lanes: [lanes.steady], pace: rated(1, start), batch: 1, limit: PublishJob.Limit())
    }

    /// This many events in each of some lanes, as fast as they are answered.
    func fill(_ chosen: [Int], eventsPerLane: Int) -> [PublishJob] {
        (0..<plan.publishers).map { publisher in
            let mine = lanes.lanes(of: publisher).filter(Set(chosen).contains)
            return PublishJob(
                lanes: mine, pace: .closed, batch: max(plan.batch, Self.fillBatch),
                limit: PublishJob.Limit(events: mine.count * eventsPerLane))
        }
    }

    private func pace(of publisher: Int, _ start: NIODeadline) -> PublishJob.Pace {
        guard case .rated(let rate) = plan.pace else { return .closed }
        let offset = TimeAmount.nanoseconds(Int64(Double(publisher) * 1e9 / rate))
        return rated(Double(plan.publishers), start + offset)
    }

    /// A share of the plan's rate; one a second when the plan has none.
    private func rated(_ sharers: Double, _ start: NIODeadline) -> PublishJob.Pace {
        guard case .rated(let rate) = plan.pace else { return .rated(OpenLoopSchedule(start: start, rate: 1)) }
        return .rated(OpenLoopSchedule(start: start, rate: rate / sharers))
    }

    private func limit(of publisher: Int, _ start: NIODeadline) -> PublishJob.Limit {
        switch plan.limit {
        case .duration(let duration): PublishJob.Limit(deadline: start + TimeAmount(duration))
        case .events(let count):
            PublishJob.Limit(
                events: count / plan.publishers + (publisher < count % plan.publishers ? 1 : 0))
        }
    }
}
