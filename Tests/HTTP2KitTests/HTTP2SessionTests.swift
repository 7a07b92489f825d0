import FrameClient
import NIOCore
import Testing

@testable import HTTP2Kit

/// The session alone: frames in, events out; responses in, frames out.
@Suite struct HTTP2SessionTests {
    @Test func `a request becomes an event`() throws {
        let pair = try SessionPair()
        let events = try pair.receive(.request(1, "/a", [("x", "y")]))
        guard case .request(let stream, let head) = try #require(events.first) else { throw Unexpected(events) }
        #expect(stream.id == 1 && !stream.isClosed && stream.isRequestComplete)
        #expect(head.fields.map(\.name) == [":method", ":scheme", ":authority", ":path", "x"])
        #expect(head.fields.last == HTTP2Field("x", "y"))
        #expect(head.endsStream && !head.isTooLarge)
    }

    @Test func `a body becomes events, without being copied`() throws {
        let pair = try SessionPair()
        _ = try pair.receive(.request(1, "POST", "/", ends: false))
        let events = try pair.receive(.data(1, "hello"), .data(1, "", ends: true))
        guard case .data(_, let bytes) = try #require(events.first), case .end(let stream) = events[1] else {
            throw Unexpected(events)
        }
        #expect(String(buffer: bytes) == "hello")
        #expect(stream.isRequestComplete)
        #expect(events.count == 2)
    }

    /// They may be four times as long as a head may be, and nobody looks at them.
    @Test func `of trailers nothing is kept`() throws {
        let pair = try SessionPair()
        _ = try pair.receive(.request(1, "POST", "/", ends: false))
        let events = try pair.receive(.headers(1, [("x-checksum", String(repeating: "x", count: 1000))]))
        guard case .end = try #require(events.first), events.count == 1 else { throw Unexpected(events) }
        #expect(pair.session.head == HTTP2RequestHead())
    }

    @Test func `a response goes out as head and body`() throws {
        let pair = try SessionPair()
        let stream = try pair.open(1)
        pair.session.respond(
            [HTTP2Field(":status", "200")], body: ByteBuffer(string: "hi"), endsStream: true, on: stream)
        let frames = try pair.sent()
        #expect(frames.map(\.kind) == [.headers, .data])
        #expect(frames[0].fields == [":status": "200"])
        #expect(frames[1].text == "hi" && frames[1].endsStream)
        #expect(stream.isClosed)
        guard case .closed(let closed, .noError) = try #require(pair.session.nextEvent()) else { throw Unexpected([]) }
        #expect(closed === stream)
    }

    @Test func `a response without a body is one frame`() throws {
        let pair = try SessionPair()
        let stream = try pair.open(1)
        pair.session.respond([HTTP2Field(":status", "204")], body: nil, endsStream: true, on: stream)
        let frames = try pair.sent()
        #expect(frames.map(\.kind) == [.headers])
        #expect(frames[0].endsStream)
    }

    @Test func `what is appended between two outputs is one frame`() throws {
        let pair = try SessionPair()
        let stream = try pair.stream(1)
        for text in ["a", "b", "c"] { pair.session.append(ByteBuffer(string: text), to: stream) }
        #expect(stream.queuedBytes == 3)
        #expect(try pair.sent().map(\.text) == ["abc"])
        #expect(stream.queuedBytes == 0)
        #expect(try pair.sent() == [], "nothing is asked for again and again")
        pair.session.append(ByteBuffer(string: "d"), to: stream)
        pair.session.finish(stream)
        let last = try pair.sent()
        #expect(last.map(\.text) == ["d"] && last[0].endsStream)
    }

    @Test func `a stream with nothing more to send holds up nothing that comes behind it`() throws {
        let pair = try SessionPair()
        let (first, second) = (try pair.stream(1), try pair.stream(3))
        pair.session.append(ByteBuffer(string: "a"), to: first)
        #expect(try pair.sent().map(\.text) == ["a"])
        pair.session.ping()
        #expect(try pair.sent().map(\.kind) == [.ping])
        pair.session.append(ByteBuffer(string: "b"), to: first)
        pair.session.append(ByteBuffer(string: "c"), to: second)
        #expect(try Set(pair.sent().map(\.text)) == ["b", "c"])
        pair.session.finish(second)
        pair.session.append(ByteBuffer(string: "d"), to: first)
        let frames = try pair.sent()
        #expect(Set(frames.map(\.text)) == ["", "d"])
        #expect(frames.filter(\.endsStream).map(\.stream) == [3])
        pair.session.append(ByteBuffer(string: "e"), to: first)
        #expect(try pair.sent().map(\.text) == ["e"])
    }

    /// What waited on a stream that is gone must not count for those that are there.
    @Test func `after a reset the others go on as before`() throws {
        let pair = try SessionPair(settings: [(4, 5)])
        let (first, second) = (try pair.stream(1), try pair.stream(3))
        pair.session.append(ByteBuffer(string: "0123456789"), to: first)
        pair.session.finish(first)
        _ = try pair.sent()
        _ = try pair.receive(.reset(1))
        #expect(pair.session.queuedBytes == 0 && pair.session.finishedStreams == 0)
        for text in ["a", "b"] {
            pair.session.append(ByteBuffer(string: text), to: second)
            #expect(try pair.sent().map(\.text) == [text])
        }
    }

    @Test func `an end without more is an empty frame`() throws {
        let pair = try SessionPair()
        let stream = try pair.stream(1)
        pair.session.finish(stream)
        let frames = try pair.sent()
        #expect(frames.map(\.payload) == [[]] && frames[0].endsStream)
    }

    @Test func `a shut window keeps its own stream's bytes, and no other's`() throws {
        let pair = try SessionPair(settings: [(4, 5)])
        let (slow, fast) = (try pair.stream(1), try pair.stream(3))
        pair.session.append(ByteBuffer(string: "0123456789"), to: slow)
        #expect(try pair.sent().map(\.text) == ["01234"])
        #expect(slow.queuedBytes == 5)
        pair.session.append(ByteBuffer(string: "abc"), to: fast)
        #expect(try pair.sent().map(\.text) == ["abc"])
        _ = try pair.receive(.windowUpdate(1, 100))
        #expect(try pair.sent().map(\.text) == ["56789"])
    }

    @Test func `a large buffer is passed on as it is`() throws {
        let pair = try SessionPair(settings: [(4, 1_000_000)])
        let stream = try pair.stream(1)
        let large = ByteBuffer(repeating: 7, count: 16_000)
        pair.session.append(large, to: stream)
        var pieces: [ByteBuffer] = []
        _ = try pair.session.takeOutput(atMost: 1 << 20, now: pair.now) { pieces.append($0) }
        #expect(pieces.map(\.readableBytes) == [9, 16_000])
        let isShared = pieces[1].withUnsafeReadableBytes { piece in
            large.withUnsafeReadableBytes { $0.baseAddress == piece.baseAddress }
        }
        #expect(isShared)
    }

    @Test func `output stops where it was told to, and goes on there`() throws {
        let pair = try SessionPair(settings: [(4, 1_000_000)])
        _ = try pair.receive(.windowUpdate(0, 1_000_000))
        let stream = try pair.stream(1)
        pair.session.append(ByteBuffer(repeating: 7, count: 100_000), to: stream)
        var bytes = ByteBuffer()
        let hasMore = try pair.session.takeOutput(atMost: 32_000, now: pair.now) { bytes.writeImmutableBuffer($0) }
        #expect(hasMore)
        #expect(bytes.readableBytes < 50_000)
        let frames = pair.reader.read(bytes) + (try pair.sent())
        #expect(frames.reduce(0) { $0 + $1.payload.count } == 100_000)
    }

    @Test func `a reset is an event once, and drops what waits`() throws {
        let pair = try SessionPair(settings: [(4, 0)])
        let stream = try pair.stream(1)
        pair.session.append(ByteBuffer(string: "x"), to: stream)
        let events = try pair.receive(.reset(1, 8))
        guard case .closed(_, .cancel) = try #require(events.first) else { throw Unexpected(events) }
        #expect(events.count == 1)
        #expect(stream.isClosed && stream.queuedBytes == 0)
        pair.session.append(ByteBuffer(string: "y"), to: stream)
        pair.session.finish(stream)
        pair.session.reset(stream, .cancel)
        #expect(try pair.sent() == [])
    }

    @Test func `a reset of ours ends the stream on both sides`() throws {
        let pair = try SessionPair()
        let stream = try pair.stream(1)
        pair.session.reset(stream, .cancel)
        #expect(try pair.sent().map(\.errorCode) == [8])
        #expect(stream.isClosed)
    }

    @Test func `GOAWAY is announced, then names the last request`() throws {
        let pair = try SessionPair()
        _ = try pair.stream(1)
        pair.session.announceGoAway()
        #expect(try pair.sent().map(\.lastStream) == [0x7fff_ffff])
        _ = try pair.stream(3)
        pair.session.goAway()
        #expect(try pair.sent().map(\.lastStream) == [3])
        #expect(try pair.receive(.request(5, "/")).isEmpty, "it is not begun, and may be tried elsewhere")
        #expect(!pair.session.isOver)
    }

    @Test func `a session that was ended is over when that is sent`() throws {
        let pair = try SessionPair()
        pair.session.terminate(.noError)
        #expect(try pair.sent().map(\.errorCode) == [0])
        #expect(pair.session.isOver)
    }

    @Test func `a PING is answered, and ours is heard`() throws {
        let pair = try SessionPair()
        _ = try pair.receive(.ping(7))
        #expect(try pair.sent() == [.ping(7, acknowledges: true)])
        pair.session.ping()
        #expect(try pair.sent().map(\.kind) == [.ping])
        guard case .pong = try #require(try pair.receive(.ping(0, acknowledges: true)).first) else {
            throw Unexpected([])
        }
    }

    @Test func `a stream can outlive its session, and does nothing`() throws {
        var pair: SessionPair? = try SessionPair()
        let stream = try #require(try pair?.stream(1))
        weak let session = pair?.session
        pair = nil
        #expect(session == nil)
        #expect(!stream.isClosed && stream.queuedBytes == 0)
    }
}
