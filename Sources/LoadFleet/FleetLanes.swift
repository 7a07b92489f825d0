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

/// An object of an event loop, for callers elsewhere.
struct FleetMember<Value>: Sendable {
    private let box: NIOLoopBoundBox<Value>
    private let loop: any EventLoop

    init(_ value: sending Value, on loop: any EventLoop) {
        box = NIOLoopBoundBox.makeBoxSendingValue(value, eventLoop: loop)
        self.loop = loop
    }

    /// Runs on the loop.
    func callAsFunction<Output: Sendable>(_ body: @escaping @Sendable (Value) -> Output) async throws -> Output {
        let box = box
        return try await loop.submit { body(box.value) }.get()
    }

    /// Runs something on the loop that completes later.
    func finish(_ body: @escaping @Sendable (Value) -> EventLoopFuture<Void>) async throws {
        let box = box
        try await loop.flatSubmit { body(box.value) }.get()
    }
}
