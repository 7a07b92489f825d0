internal import NIOCore

/// How a plan's events are numbered: one lane per user, one for all steady users, and one per publisher for everyone.
///
/// A lane has one publisher, so that its events have one order.
struct FleetLanes: Sendable, Equatable {
    private let plan: FleetPlan

    init(_ plan: FleetPlan) {
        self.plan = plan
    }

    var count: Int { everyone.upperBound }
    /// The lane of the events for the steady streams.
    var steady: Int { plan.users }
    /// The lanes of the events for everyone.
    var everyone: Range<Int> {
        let first = plan.users + 1
        return first..<first + (plan.audience == .everyone ? plan.publishers : 0)
    }

    /// The lanes of one publisher.
    func lanes(of publisher: Int) -> [Int] {
        switch plan.audience {
        case .users: Array(stride(from: publisher, to: plan.users, by: plan.publishers))
        case .everyone: [everyone.lowerBound + publisher]
        }
    }

    /// Per lane, the publish request's `to`. The names of a plan's users need no escapes.
    var audiences: [String] {
        let names = plan.userNames
        let users = names.prefix(plan.users).map { "{\"user\":\"\($0)\"}" }
        let steady = "{\"users\":[\(names.dropFirst(plan.users).map { "\"\($0)\"" }.joined(separator: ","))]}"
        return users + [steady] + everyone.map { _ in #"{"everyone":true}"# }
    }

    /// The plan's streams, of all kinds.
    var streams: [FleetStream] {
        let ordinary = (0..<plan.streams).map { stream(.ordinary, user: $0 % plan.users, lane: $0 % plan.users) }
        let stalled = (0..<plan.stalled).map { stream(.stalled, user: $0 % plan.users, lane: $0 % plan.users) }
        let steady = (0..<plan.steady).map { number in
            stream(.steady, user: plan.users + number / FleetPlan.steadyStreamsPerUser, lane: self.steady)
        }
        return ordinary + stalled + steady
    }

    private func stream(_ kind: StreamKind, user: Int, lane: Int) -> FleetStream {
        FleetStream(kind: kind, user: user, record: DeliveryRecord(lane: lane, everyone: everyone))
    }
}

/// A plan's publishing as jobs, one per publisher.
struct FleetJobs: Sendable {
    private let plan: FleetPlan
    private let lanes: FleetLanes

    /// Events per request when only their being there matters.
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

    /// So many events in each of some lanes, as quickly as they are answered.
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
