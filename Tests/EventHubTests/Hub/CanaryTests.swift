// The gateway's own streams: they get notes, and are in no count.

import EventLog
import NIOCore
import Synchronization
import Testing

@testable import EventHub

@Suite struct CanaryTests {
    private let bench: TestHub
    private let outlet = RecordingOutlet()

    init() throws { bench = try TestHub(shards: 2) }

    private func attach(_ number: Int = 0, _ outlet: RecordingOutlet) -> CanaryID? {
        let bound = NIOLoopBound<any StreamOutlet>(outlet, eventLoop: bench.loops[number])
        return bench.hub.shard(on: bench.loops[number])?.assumeIsolated { $0.attachCanary(bound) }
    }

    @Test func eachLoopsCanaryGetsTheNoteOnceTheLogWasWrittenTo() throws {
        let other = RecordingOutlet()
        _ = try #require(attach(0, outlet))
        _ = try #require(attach(1, other))
        let failure = Mutex<EventLogError??>(nil)
        bench.hub.singThroughLog(7) { error in failure.withLock { $0 = .some(error) } }
        bench.run()
        #expect(failure.withLock { $0 } == .some(nil))
        #expect(outlet.text == "event: sluice.canary\ndata: 7 logged\n\n")
        #expect(other.text == outlet.text)
        bench.hub.sing(CanaryNote(number: 8, isLogged: false))
        bench.run()
        #expect(outlet.text.hasSuffix("event: sluice.canary\ndata: 8\n\n"))
    }

    @Test func nobodyCountsIt() throws {
        let id = try #require(attach(0, outlet))
        #expect(bench.hub.streamCount == 0 && bench.metrics.counts.opened == 0)
        let receipt = try bench.publish(.everyone, "x")
        #expect(receipt.streams == 0 && outlet.text.isEmpty)
        bench.hub.singThroughLog(1) { _ in }
        bench.run()
        #expect(bench.log.head == 1 && bench.metrics.counts.delivered == 0, "no event of the log's")
        bench.hub.shard(on: bench.loops[0])?.assumeIsolated { $0.detachCanary(id) }
        let before = outlet.text
        bench.hub.sing(CanaryNote(number: 2, isLogged: false))
        bench.run()
        #expect(outlet.text == before)
    }

    @Test func oneThatTakesNothingIsNotWrittenTo() throws {
        _ = try #require(attach(0, outlet))
        outlet.isWritable = false
        bench.hub.sing(CanaryNote(number: 1, isLogged: false))
        bench.run()
        #expect(outlet.text.isEmpty)
    }

    @Test func thereAreOnlyAFewOnALoop() {
        let attached = (0..<10).compactMap { _ in attach(0, RecordingOutlet()) }
        #expect(attached.count == 4)
    }
}

extension RecordingOutlet {
    fileprivate var text: String { frames.map { String(buffer: $0.bytes) }.joined() }
}
