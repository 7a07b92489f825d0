import EventHub
import EventLog
import FrameClient
import HTTP2Kit
import HTTPTypes
import HTTPWire
import NIOCore
import NIOEmbedded
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// How long a connection goes on, and how it ends.
@Suite struct HTTP2LifeTests {
    // MARK: Silence

    @Test func `a client that says nothing is closed without a word`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), greets: false)
        _ = try await wire.received()
        await wire.pass(.seconds(9))
        #expect(!wire.isClosed)
        await wire.pass(.seconds(2))
        #expect(wire.isClosed)
        #expect(try await wire.received() == [])
    }

    @Test func `a client that greets and asks nothing is told goodbye`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        await wire.pass(.seconds(11))
        #expect(try await wire.received().goodbye == WireErrorCode.noError.rawValue)
        #expect(wire.isClosed)
    }

    @Test func `a request that never becomes whole is given the time of a head`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        var head = Frame.request(1, "/")
        head.flags = Frame.endStream
        try await wire.send(head)
        await wire.pass(.seconds(11))
        #expect(wire.isClosed)
    }

    @Test func `a connection without streams is closed when its idle time is over`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        for stream in [1, 3, 5] as [UInt32] {
            await wire.pass(.seconds(50))
            if stream == 1 { continue }
            #expect(wire.isClosed == (stream > 1), "only the first request has the time of a head")
        }
    }

    @Test func `requests put the idle time off`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        for stream in [1, 3, 5] as [UInt32] {
            #expect(try await wire.exchange(.request(stream, "/"), stream: stream).status == "200")
            await wire.pass(.seconds(59))
        }
        #expect(!wire.isClosed)
        await wire.pass(.seconds(2))
        let frames = try await wire.received()
        #expect(frames.goodbye == 0 && frames.of(.goAway).last?.lastStream == 5)
        #expect(wire.isClosed)
    }

    // MARK: Asking

    @Test func `a silent client with a stream is asked, and lives when it answers`() async throws {
        let bench = try HubBench()
        let wire = try await HTTP2Wire(bench.judge(), on: bench.loop)
        try await wire.send(.request(1, "/stream"))
        for _ in 0..<5 {
            await bench.pass(.seconds(61))
            let pings = try await wire.received().of(.ping)
            #expect(pings.count == 1)
            try await wire.send(.ping(0, acknowledges: true))
        }
        #expect(!wire.isClosed && bench.hub.streamCount == 1)
    }

    @Test func `a client that does not answer is gone`() async throws {
        let bench = try HubBench()
        let wire = try await HTTP2Wire(bench.judge(), on: bench.loop)
        try await wire.send(.request(1, "/stream"))
        await bench.pass(.seconds(61))
        await bench.pass(.seconds(21))
        #expect(wire.isClosed)
        #expect(bench.metrics.endings == [.clientClosed])
    }

    @Test func `a client whose socket takes nothing is not asked`() async throws {
        let bench = try HubBench()
        let wire = try await HTTP2Wire(bench.judge(), on: bench.loop)
        try await wire.send(.request(1, "/stream"))
        _ = try await wire.received()
        try await wire.setWritable(false)
        for _ in 0..<10 { await bench.pass(.seconds(61)) }
        #expect(!wire.isClosed)
        #expect(try await wire.received() == [])
    }

    // MARK: Going down

    @Test func `going down closes an idle connection, politely`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        try await wire.send(.request(1, "/"))
        try await wire.fire(ChannelShouldQuiesceEvent())
        #expect(try await wire.received().goodbye == 0)
        #expect(wire.isClosed)
    }

    @Test func `going down announces itself, serves what comes until that is read, and then what is open`() async throws
    {
        let late = LateAnswers()
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(late.plan()) })
        try await wire.send(.request(1, "POST", "/"))
        try await wire.fire(ChannelShouldQuiesceEvent())
        let first = try await wire.received()
        #expect(first.map(\.kind) == [.goAway, .ping] || first.map(\.kind) == [.ping, .goAway])
        #expect(first.of(.goAway).last?.lastStream == 0x7fff_ffff)
        // Sent before the client knew.
        try await wire.send(.request(3, "POST", "/"), .ping(0, acknowledges: true))
        #expect(try await wire.received().of(.goAway).last?.lastStream == 3)
        try await wire.send(.request(5, "POST", "/"))
        #expect(late.count == 2, "it has been told that this is not begun")
        #expect(late.release())
        #expect(!wire.isClosed)
        #expect(late.release())
        #expect(HTTP2Response(try await wire.received(), stream: 3).status == "200")
        #expect(wire.isClosed)
    }

    @Test func `a client that does not read the announcement is not waited for`() async throws {
        let late = LateAnswers()
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(late.plan()) })
        try await wire.send(.request(1, "POST", "/"))
        try await wire.fire(ChannelShouldQuiesceEvent())
        _ = try await wire.received()
        await wire.pass(.seconds(3))
        #expect(try await wire.received().of(.goAway).last?.lastStream == 1)
        #expect(late.release())
        #expect(HTTP2Response(try await wire.received(), stream: 1).isComplete)
        #expect(wire.isClosed)
    }

    @Test func `a drain ends streams in order, and then the connection`() async throws {
        let bench = try HubBench()
        let wire = try await HTTP2Wire(bench.judge(), on: bench.loop)
        try await wire.send(.request(1, "/stream"), .request(3, "/stream"))
        _ = try await wire.received()
        try await wire.fire(ChannelShouldQuiesceEvent())
        await bench.hub.drain(over: .seconds(1))
        await bench.pass(.seconds(2))
        let frames = try await wire.received()
        for stream in [1, 3] as [UInt32] { #expect(HTTP2Response(frames, stream: stream).isComplete) }
        #expect(bench.metrics.endings == [.draining, .draining])
        #expect(wire.isClosed)
    }

    @Test func `a client that says goodbye is closed when its last request is answered`() async throws {
        let late = LateAnswers()
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(late.plan()) })
        try await wire.send(.request(1, "POST", "/"), Frame(.goAway, Frame.bytes(0) + Frame.bytes(0)))
        #expect(!wire.isClosed)
        #expect(late.release())
        #expect(HTTP2Response(try await wire.received(), stream: 1).isComplete)
        #expect(wire.isClosed)
    }

    @Test func `a client that closes its side ends the connection`() async throws {
        let bench = try HubBench()
        let wire = try await HTTP2Wire(bench.judge(), on: bench.loop)
        try await wire.send(.request(1, "/stream"))
        try await wire.fire(ChannelEvent.inputClosed)
        #expect(wire.isClosed && bench.hub.streamCount == 0)
    }

    /// One read of the socket: requests, close_notify, and only then the end of the read.
    @Test func `a client that closes its side behind its requests gets their answers, and then the end`() async throws {
        let late = LateAnswers()
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(late.plan()) })
        let whole = Frame.request(1, "POST", "/").bytes + Frame.request(3, "POST", "/").bytes
        try await wire.send(bytes: whole + Frame.request(5, "POST", "/", ends: false).bytes, thenCloses: true)
        #expect(!wire.isClosed)
        #expect(late.release())
        #expect(HTTP2Response(try await wire.received(), stream: 1).isComplete)
        #expect(!wire.isClosed)
        #expect(late.release())
        #expect(HTTP2Response(try await wire.received(), stream: 3).isComplete)
        #expect(wire.isClosed && !late.release())
    }

    @Test func `a request that is answered at once is answered to a client that has closed its side`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        try await wire.send(bytes: Frame.request(1, "/here").bytes, thenCloses: true)
        #expect(HTTP2Response(try await wire.received(), stream: 1).body == "/here")
        #expect(wire.isClosed)
    }

    @Test func `a stream ends with its client's side, and an answer beside it is given`() async throws {
        let (bench, late) = (try HubBench(), LateAnswers())
        let streams = bench.judge()
        let judge = ScriptedJudge { request in
            var peer = Peer()
            return request.method == .post ? .collect(late.plan()) : streams.judge(request, from: &peer)
        }
        let wire = try await HTTP2Wire(judge, on: bench.loop)
        try await wire.send(.request(1, "/stream"), .request(3, "POST", "/"))
        try await wire.fire(ChannelEvent.inputClosed)
        #expect(!wire.isClosed && bench.hub.streamCount == 0)
        #expect(late.release())
        #expect(HTTP2Response(try await wire.received(), stream: 3).isComplete)
        #expect(wire.isClosed)
    }

    @Test func `an answer is waited for only so long when its client can't show that it is there`() async throws {
        let late = LateAnswers()
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(late.plan()) })
        try await wire.send(.request(1, "POST", "/"))
        try await wire.fire(ChannelEvent.inputClosed)
        await wire.pass(.seconds(29))
        #expect(!wire.isClosed)
        await wire.pass(.seconds(1))
        #expect(wire.isClosed)
    }

    @Test func `a connection that is gone leaves nothing behind`() async throws {
        let bench = try HubBench()
        let wire = try await HTTP2Wire(bench.judge(), on: bench.loop)
        try await wire.send(.request(1, "/stream"), .request(3, "POST", "/x", ends: false))
        let session = try await wire.session()
        #expect(session.isAlive)
        try await wire.hangUp()
        await bench.loop.run()
        #expect(!session.isAlive)
        #expect(bench.hub.streamCount == 0)
    }
}

/// A session, to look whether somebody keeps it.
private final class WeakSession: @unchecked Sendable {
    // Only looked at, and only between the loop's turns.
    private weak let session: HTTP2Session?
    var isAlive: Bool { session != nil }

    init(_ session: HTTP2Session?) {
        self.session = session
    }
}

extension HTTP2Wire {
    fileprivate func session() async throws -> WeakSession {
        let channel = channel
        return try await channel.testingEventLoop.executeInContext {
            let handler = try channel.pipeline.syncOperations.handler(type: HTTP2ConnectionHandler.self)
            return WeakSession(handler.session)
        }
    }
}
