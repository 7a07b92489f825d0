import NIOCore
import Testing

@testable import LoadFleet

/// What a publisher sends when, and what it makes of the answers.
@Suite struct FleetPublishingTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func job(
        _ pace: PublishJob.Pace, batch: Int = 1, events: Int = .max, for time: TimeAmount? = nil
    ) -> PublishJob {
        var limit = PublishJob.Limit(events: events)
        if let time { limit.deadline = start + time }
        return PublishJob(lanes: [4, 5, 6], pace: pace, batch: batch, limit: limit)
    }

    private func rated(_ rate: Double) -> PublishJob.Pace { .rated(OpenLoopSchedule(start: start, rate: rate)) }

    @Test func `a schedule is even, and does not drift`() {
        let schedule = OpenLoopSchedule(start: start, rate: 3)
        #expect(schedule.time(of: 0) == start)
        #expect(schedule.time(of: 3_000_000) == start + .seconds(1_000_000))
        #expect(schedule.dueCount(at: start - .nanoseconds(1)) == 0)
        #expect(schedule.dueCount(at: start) == 1)
        #expect(schedule.dueCount(at: start + .milliseconds(999)) == 3)
        #expect(schedule.dueCount(at: start + .seconds(10)) == 31)
    }

    @Test func `at a rate, each request has its time, and one that is late keeps it`() {
        var state = PublisherState(job(rated(10)))
        #expect(state.next(now: start - .milliseconds(1)) == .wait(until: start))
        #expect(state.next(now: start) == .publish(lanes: [4], dueAt: start))
        #expect(state.next(now: start + .milliseconds(1)) == .wait(until: start + .milliseconds(100)))
        // A slow answer: the two that waited for it count from when they were due.
        let late = start + .milliseconds(250)
        #expect(state.next(now: late) == .publish(lanes: [5], dueAt: start + .milliseconds(100)))
        #expect(state.next(now: late) == .publish(lanes: [6], dueAt: start + .milliseconds(200)))
        #expect(state.next(now: late) == .wait(until: start + .milliseconds(300)))
    }

    @Test func `what is due before the deadline is sent, also late`() {
        var state = PublisherState(job(rated(1), for: .seconds(2)))
        let late = start + .seconds(60)
        #expect(state.next(now: late) == .publish(lanes: [4], dueAt: start))
        #expect(state.next(now: late) == .publish(lanes: [5], dueAt: start + .seconds(1)))
        #expect(state.next(now: late) == .finished)
    }

    @Test func `a closed loop sends at once, in batches, exactly as many events as asked for`() {
        var state = PublisherState(job(.closed, batch: 2, events: 5))
        #expect(state.next(now: start) == .publish(lanes: [4, 5], dueAt: start))
        #expect(state.next(now: start + .seconds(1)) == .publish(lanes: [6, 4], dueAt: start + .seconds(1)))
        #expect(state.next(now: start) == .publish(lanes: [5], dueAt: start))
        #expect(state.next(now: start) == .finished)
    }

    @Test func `a closed loop ends at its deadline, and any when it is stopped`() {
        var state = PublisherState(job(.closed, for: .seconds(1)))
        #expect(state.next(now: start + .milliseconds(999)) == .publish(lanes: [4], dueAt: start + .milliseconds(999)))
        #expect(state.next(now: start + .seconds(1)) == .finished)
        var stopped = PublisherState(job(rated(1)))
        stopped.stop()
        #expect(stopped.next(now: start) == .finished)
    }

    @Test func `a body has a line per event, each for its lane's audience`() {
        let events = [FleetEvent(lane: 1, number: 2, sentAt: 3), FleetEvent(lane: 0, number: 4, sentAt: 3)]
        let body = PublishBatch(events: events).body(audiences: [#"{"user":"a"}"#, #"{"everyone":true}"#], payload: 0)
        #expect(
            String(buffer: body) == """
                {"to":{"everyone":true},"data":{"l":1,"n":2,"t":3,"pad":""}}
                {"to":{"user":"a"},"data":{"l":0,"n":4,"t":3,"pad":""}}

                """)
    }

    @Test func `each line of an answer is about one event`() {
        let batch = PublishBatch(events: (1...3).map { FleetEvent(lane: 0, number: $0, sentAt: 0) })
        let lines = ByteBuffer(string: "{\"id\":\"a-1\",\"streams\":1}\n{\"error\":{\"code\":\"x\"}}\n")
        #expect(batch.verdicts(status: 200, body: lines) == [true, false, nil])
        #expect(batch.verdicts(status: 401, body: lines) == [false, false, false])
        #expect(batch.verdicts(status: 503, body: lines) == [false, false, false])
        #expect(batch.verdicts(status: 502, body: lines) == [nil, nil, nil])
    }

    @Test func `a tally tells whole requests from failed events, and keeps the first reason`() {
        var tally = PublishTally()
        let later = start + .milliseconds(5)
        tally.answered([true, true], failure: "none", sentAt: start, now: later)
        tally.answered([true, false, nil], failure: "first", sentAt: start, now: start + .milliseconds(10))
        tally.answered([false], failure: "second", sentAt: start, now: later)
        var all = PublishTally()
        all.merge(tally)
        #expect(all.requests == 1)
        #expect(all.events == 3)
        #expect(all.failedEvents == 3)
        #expect(all.firstFailure == "first")
        #expect(all.latency.count == 3)
        #expect(all.latency.maximum == 10_000_000)
        #expect(all.lastAt - all.firstAt == .milliseconds(10))
    }
}
