import EventLog
import NIOCore
import Testing

@testable import EventHub

/// What a stream is told when it opens, and what it comes back with.
@Suite struct OpeningTests {
    private static func text(_ stream: TestStream) -> String {
        stream.outlet.frames.map { String(buffer: $0.bytes) }.joined()
    }

    @Test func `a client that has had no event is told where its stream begins`() throws {
        let test = try TestHub()
        try test.publish(.user("alice"), "before")
        let stream = try test.connect("alice")
        #expect(Self.text(stream).hasSuffix("id: now-1\nevent: sluice.open\ndata: {\"stream\":\"0-1\"}\n\n"))
    }

    @Test func `with that id it misses nothing that came before its first event`() throws {
        let test = try TestHub()
        let first = try test.connect("alice")
        first.disconnect()
        try test.publish(.user("alice"), "meanwhile")
        let second = try test.connect("alice", after: "now-0")
        #expect(Self.text(second).contains("data: meanwhile\n"))
    }

    @Test func `a client that names an event is not told`() throws {
        let test = try TestHub()
        try test.publish(.user("alice"), "before")
        for id in ["now-1", "now-0", "other-3", "nonsense"] {
            let stream = try test.connect("alice", after: id)
            #expect(!Self.text(stream).contains("sluice.open"))
        }
    }

    @Test func `a gateway that goes down says how long to wait now`() throws {
        let test = try TestHub()
        let stream = try test.connect("alice")
        stream.shard.assumeIsolated { $0.drain(over: .zero) }
        test.advance(by: .milliseconds(200))
        #expect(Self.text(stream).hasSuffix("retry: 3000\n"))
        #expect(stream.outlet.ending == .draining)
    }
}
