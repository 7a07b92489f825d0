import NIOCore
import Testing

@testable import LoadFleet

/// Who gets what from whom.
@Suite struct FleetPlanTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func plan(_ change: (inout FleetPlan) -> Void) -> FleetPlan {
        var plan = FleetPlan()
        plan.streams = 5
        plan.users = 3
        change(&plan)
        return plan
    }

    @Test func `streams are spread over users in turn, and steady ones have users of their own`() {
        let lanes = FleetLanes(
            plan {
                $0.stalled = 2
                $0.steady = 33
            })
        let streams = lanes.streams
        #expect(streams.prefix(5).map(\.user) == [0, 1, 2, 0, 1])
        #expect(streams.prefix(5).map(\.record.lane) == [0, 1, 2, 0, 1])
        #expect(streams.map(\.kind).prefix(7).suffix(3) == [.ordinary, .stalled, .stalled])
        #expect(streams.dropFirst(7).allSatisfy { $0.kind == .steady && $0.record.lane == 3 })
        #expect(streams.dropFirst(7).map(\.user) == Array(repeating: 3, count: 32) + [4])
    }

    @Test func `there is a token for each user, and steady users are addressed together`() {
        let plan = plan { $0.steady = 33 }
        #expect(plan.userNames == ["bench-0", "bench-1", "bench-2", "bench-steady-0", "bench-steady-1"])
        #expect(
            FleetLanes(plan).audiences == [
                #"{"user":"bench-0"}"#, #"{"user":"bench-1"}"#, #"{"user":"bench-2"}"#,
                #"{"users":["bench-steady-0","bench-steady-1"]}"#,
            ])
    }

    @Test func `each user has one publisher, and each publisher a lane for everyone`() {
        let users = FleetLanes(plan { $0.publishers = 2 })
        #expect(users.lanes(of: 0) == [0, 2])
        #expect(users.lanes(of: 1) == [1])
        #expect(users.everyone.isEmpty)
        #expect(users.count == 4)
        let everyone = FleetLanes(
            plan {
                $0.publishers = 2
                $0.audience = .everyone
            })
        #expect(everyone.lanes(of: 0) == [4])
        #expect(everyone.lanes(of: 1) == [5])
        #expect(everyone.audiences.suffix(2) == [#"{"everyone":true}"#, #"{"everyone":true}"#])
        #expect(everyone.streams.allSatisfy { $0.record.everyone == 4..<6 })
    }

    @Test func `publishers share the rate, one behind the other`() {
        let jobs = FleetJobs(
            plan {
                $0.publishers = 2
                $0.pace = .rated(10)
                $0.batch = 7
                $0.limit = .duration(.seconds(3))
            }
        ).load(start: start)
        #expect(
            jobs.map(\.pace) == [
                .rated(OpenLoopSchedule(start: start, rate: 5)),
                .rated(OpenLoopSchedule(start: start + .milliseconds(100), rate: 5)),
            ])
        #expect(jobs.allSatisfy { $0.batch == 7 && $0.limit.deadline == start + .seconds(3) })
    }

    @Test func `publishers share the events`() {
        let jobs = FleetJobs(
            plan {
                $0.publishers = 3
                $0.pace = .closed
                $0.limit = .events(11)
            }
        ).load(start: start)
        #expect(jobs.map(\.limit.events) == [4, 4, 3])
        #expect(jobs.allSatisfy { $0.pace == .closed })
    }

    @Test func `filling gives each lane its events from its own publisher`() {
        let jobs = FleetJobs(plan { $0.publishers = 2 }).fill([2, 1], eventsPerLane: 4)
        #expect(jobs.map(\.lanes) == [[2], [1]])
        #expect(jobs.map(\.limit.events) == [4, 4])
        #expect(jobs.allSatisfy { $0.pace == .closed && $0.batch == 100 })
    }

    @Test func `steady streams get the plan's rate until it is stopped`() {
        let job = FleetJobs(plan { $0.pace = .rated(20) }).steady(start: start)
        #expect(job.lanes == [3])
        #expect(job.pace == .rated(OpenLoopSchedule(start: start, rate: 20)))
        #expect(job.limit == PublishJob.Limit())
    }

    @Test func `streams are opened at their rate, and none twice`() {
        var openings = FleetOpenings(
            connections: [[7], [8, 1], [9]], schedule: OpenLoopSchedule(start: start, rate: 10))
        #expect(openings.due(at: start - .seconds(1)).isEmpty)
        #expect(openings.due(at: start) == [[7]])
        #expect(openings.due(at: start + .milliseconds(1)).isEmpty)
        #expect(openings.next(after: start + .milliseconds(1)) == start + .milliseconds(100))
        #expect(openings.next(after: start + .milliseconds(99)) == start + .milliseconds(104))
        #expect(openings.due(at: start + .seconds(9)) == [[8, 1], [9]])
        #expect(openings.next(after: start + .seconds(9)) == nil)
    }
}
