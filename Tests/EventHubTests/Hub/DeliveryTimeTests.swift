// How long an event takes to the sockets is counted once per stream, and the clock is not read for each.

import EventLog
import NIOCore
import Testing

@testable import EventHub

@Suite struct DeliveryTimeTests {
    private let hub: TestHub

    init() throws { hub = try TestHub(limits: StreamLimits(streams: 2000, streamsPerUser: 2000, topicsPerStream: 1)) }

    private var tally: LatencyTally { LatencyTally(of: hub.hub.deliveryTimes) }

    /// The bucket of a time.
    private func bucket(_ microseconds: UInt64) -> Int {
        LatencyHistogram.bounds.firstIndex { microseconds <= $0 } ?? LatencyHistogram.bounds.count
    }

    @Test func itIsTheTimeFromTheRequestToTheSocketOncePerStream() throws {
        let streams = try (0..<3).map { _ in try hub.connect("alice") }
        try hub.post(.user("alice"), "hello")
        hub.stopwatch.pass(.milliseconds(7))
        hub.run()
        #expect(streams.allSatisfy { $0.data == ["hello"] })
        #expect(tally.count == 3 && tally.counts[bucket(10_000)] == 3)
        #expect(tally.microseconds == 21_000)
    }

    @Test func eventsOfOneBatchCountEachFromItsOwnMoment() throws {
        let stream = try hub.connect("alice")
        for time in [90, 9] {
            try hub.post(.user("alice"), "\(time)")
            hub.stopwatch.pass(.milliseconds(Int64(time)))
        }
        hub.run()
        #expect(stream.data == ["90", "9"])
        #expect(tally.counts[bucket(99_000)] == 1 && tally.counts[bucket(9_000)] == 1)
    }

    @Test(arguments: [1, 2, 65, 200]) func batchesOfAnySizeAreCountedWhole(events: Int) throws {
        _ = try hub.connect("alice")
        for number in 0..<events { try hub.post(.user("alice"), "\(number)") }
        hub.run()
        #expect(tally.count == UInt64(events))
    }

    @Test(arguments: [255, 256, 257, 1000]) func roundsOfAnySizeAreCountedWhole(streams: Int) throws {
        for _ in 0..<streams { _ = try hub.connect("alice") }
        try hub.publish(.everyone, "hello")
        #expect(tally.count == UInt64(streams))
    }

    /// How late it is says something of its reader, and nothing of the gateway.
    @Test func whatAStreamIsNotGivenAtOnceIsNotCounted() throws {
        let (slow, quick) = (try hub.connect("alice"), try hub.connect("alice"))
        slow.stall()
        try hub.publish(.user("alice"), "hello")
        #expect(quick.data == ["hello"] && tally.count == 1)
        slow.recover()
        #expect(slow.data == ["hello"] && tally.count == 1)
    }

    @Test func whatIsReadFromTheLogIsNotCounted() throws {
        try hub.publish(.user("alice"), "before")
        let stream = try hub.connect("alice", after: hub.id(0))
        #expect(stream.data == ["before"] && tally.count == 0)
    }

    @Test func theLogAndTheRequestAreTimedToo() throws {
        hub.log.script.isHoldingAnswers = true
        let start = hub.hub.now
        hub.hub.publish([NewEvent(audience: .everyone, name: nil, data: ByteBuffer(string: "x"))], since: start) { _ in
        }
        hub.stopwatch.pass(.milliseconds(40))
        #expect(LatencyTally(of: [hub.hub.appendTimes]).count == 0)
        hub.log.release()
        for times in [hub.hub.appendTimes, hub.hub.publishTimes] {
            #expect(times.tally.counts[bucket(50_000)] == 1)
        }
    }
}
