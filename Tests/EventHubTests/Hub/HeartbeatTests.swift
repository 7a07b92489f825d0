import EventLog
import NIOCore
import Testing

@testable import EventHub

/// What a stream is told when nothing happens, and when its token ends.
@Suite struct HeartbeatTests {
    @Test func `one after each silence`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice")
        hub.advance(by: .milliseconds(14_900))
        #expect(stream.outlet.heartbeatCount == 0)
        hub.advance(by: .milliseconds(200))
        #expect(stream.outlet.heartbeatCount == 1)
        #expect(stream.outlet.unflushedFrames == 0)
        hub.advance(by: .seconds(15 * 10))
        #expect((10...11).contains(stream.outlet.heartbeatCount))
    }

    @Test func `none when something was just written`() throws {
        let hub = try TestHub()
        let (alice, bob) = (try hub.connect("alice"), try hub.connect("bob"))
        for _ in 0..<20 {
            hub.advance(by: .seconds(10))
            try hub.publish(.user("alice"), "x")
        }
        #expect(alice.outlet.heartbeatCount == 0)
        #expect((12...13).contains(bob.outlet.heartbeatCount))
        hub.advance(by: .milliseconds(14_900))
        #expect(alice.outlet.heartbeatCount == 0)
        hub.advance(by: .milliseconds(200))
        #expect(alice.outlet.heartbeatCount == 1)
    }

    @Test func `none to a full socket, and one soon after it has room`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice")
        stream.stall()
        hub.advance(by: .seconds(60))
        #expect(stream.outlet.heartbeatCount == 0)
        stream.recover()
        hub.advance(by: .milliseconds(200))
        #expect(stream.outlet.heartbeatCount == 1)
        #expect(stream.outlet.violations == [])
    }

    @Test func `the token's end ends the stream`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice", endsAt: hub.loop.now + .seconds(40))
        let other = try hub.connect("alice", endsAt: hub.loop.now + .seconds(3600))
        hub.advance(by: .milliseconds(39_900))
        #expect(stream.outlet.ending == nil)
        hub.advance(by: .milliseconds(200))
        #expect(stream.outlet.ending == .tokenExpired)
        #expect(try hub.publish(.user("alice"), "1").streams == 1)
        #expect(other.data == ["1"])
        #expect(stream.data == [#"{"secondsLeft":20}"#], "the notice of its end, and no event")
        #expect(hub.metrics.counts.ended == [.tokenExpired: 1])
    }

    @Test func `a token that ended before the stream began ends it with the next tick`() throws {
        let hub = try TestHub()
        hub.advance(by: .seconds(10))
        let stream = try hub.connect("alice", endsAt: .uptimeNanoseconds(1))
        hub.advance(by: .milliseconds(200))
        #expect(stream.outlet.ending == .tokenExpired)
    }

    @Test func `a stalled stream's token ends as well`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice", endsAt: hub.loop.now + .seconds(20))
        stream.stall()
        hub.advance(by: .seconds(21))
        #expect(stream.outlet.ending == .tokenExpired)
    }

    @Test func `time goes on as before when the shard was empty for a while`() throws {
        let hub = try TestHub()
        let first = try hub.connect("alice")
        hub.advance(by: .seconds(20))
        first.disconnect()
        hub.advance(by: .seconds(3600))
        #expect(first.outlet.heartbeatCount == 1)
        let second = try hub.connect("alice")
        hub.advance(by: .milliseconds(14_900))
        #expect(second.outlet.heartbeatCount == 0)
        hub.advance(by: .milliseconds(300))
        #expect(second.outlet.heartbeatCount == 1)
    }
}
