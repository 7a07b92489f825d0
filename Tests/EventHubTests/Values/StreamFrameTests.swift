import EventLog
import NIOCore
import Testing

@testable import EventHub

/// The frames that are a stream's own.
@Suite struct StreamFrameTests {
    @Test func `the heartbeat is the shortest thing that dispatches nothing`() {
        #expect(String(buffer: EventFrame.heartbeat.bytes) == ":\n")
        #expect(String(buffer: EventFrame.heartbeat.chunk) == "2\r\n:\n\r\n")
    }

    @Test func `a stream opens with the retry time, which ends no block`() {
        let prelude = EventFrame.prelude(retryMilliseconds: 3000)
        #expect(String(buffer: prelude.bytes) == "retry: 3000\n")
        #expect(String(buffer: EventFrame.prelude(retryMilliseconds: .max).bytes) == "retry: 4294967295\n")
    }
}
