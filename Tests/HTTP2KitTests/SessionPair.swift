import FrameClient
import NIOCore

@testable import HTTP2Kit

/// A session and a client that has greeted it.
final class SessionPair {
    let session: HTTP2Session
    let reader = FrameReader()
    var now = NIODeadline.uptimeNanoseconds(0)

    init(
        limits: HTTP2Limits = HTTP2Limits(), settings: [(UInt16, UInt32)] = [], output: HTTP2Output = HTTP2Output()
    ) throws {
        session = try HTTP2Session(limits: limits, output: output, now: now)
        try session.receive(ByteBuffer(bytes: Frame.preface + Frame.settings(settings).bytes), now: now)
        _ = try sent()
    }

    /// Sends frames in one read, and gives what they meant.
    func receive(_ frames: Frame...) throws -> [HTTP2Event] { try receive(frames.flatMap(\.bytes)) }

    func receive(_ bytes: [UInt8]) throws -> [HTTP2Event] {
        try session.receive(ByteBuffer(bytes: bytes), now: now)
        var events: [HTTP2Event] = []
        while let event = session.nextEvent() { events.append(event) }
        return events
    }

    /// What the session has to send.
    func sent() throws -> [Frame] {
        var frames: [Frame] = []
        while try session.takeOutput(atMost: 1 << 20, now: now, { frames += reader.read($0) }) {}
        return frames
    }

    /// A request that waits for its response.
    func open(_ id: UInt32) throws -> HTTP2Stream {
        let events = try receive(.request(id, "/"))
        guard case .request(let stream, _) = events.first else { throw Unexpected(events) }
        return stream
    }

    /// A response whose body is open, its head sent.
    func stream(_ id: UInt32) throws -> HTTP2Stream {
        let stream = try open(id)
        session.respond([HTTP2Field(":status", "200")], body: nil, endsStream: false, on: stream)
        _ = try sent()
        return stream
    }
}

/// Other events than a test needs.
struct Unexpected: Error {
    let events: String

    init(_ events: [HTTP2Event]) {
        self.events = "\(events)"
    }
}
