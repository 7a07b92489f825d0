import FrameClient
import NIOCore
import Testing

@testable import HTTP2Kit

/// The client's session, against the server's and against frames.
@Suite struct HTTP2ClientSessionTests {
    private let client: HTTP2ClientSession
    private let server: HTTP2Session
    private let now = NIODeadline.uptimeNanoseconds(0)
    private static let request = [
        HTTP2Field(":method", "GET"), HTTP2Field(":scheme", "https"), HTTP2Field(":authority", "sluice"),
        HTTP2Field(":path", "/v1/stream"), HTTP2Field("authorization", "Bearer abc"),
    ]

    init() throws {
        client = try HTTP2ClientSession()
        server = try HTTP2Session(limits: HTTP2Limits(), output: HTTP2Output(), now: now)
    }

    /// What either has to say goes to the other, until there is nothing more.
    private func exchange() throws {
        var isQuiet = false
        while !isQuiet {
            let sent = try client.takeOutput()
            if let sent { try server.receive(sent, now: now) }
            var answer = ByteBuffer()
            _ = try server.takeOutput(atMost: 1 << 20, now: now) { answer.writeImmutableBuffer($0) }
            if answer.readableBytes > 0 { try client.receive(answer) }
            isQuiet = sent == nil && answer.readableBytes == 0
        }
    }

    private var events: [HTTP2ClientEvent] {
        var events: [HTTP2ClientEvent] = []
        while let event = client.nextEvent() { events.append(event) }
        return events
    }

    /// The requests that have reached the server.
    private var requests: [(stream: HTTP2Stream, fields: [HTTP2Field])] {
        var requests: [(HTTP2Stream, [HTTP2Field])] = []
        while let event = server.nextEvent() {
            if case .request(let stream, let head) = event { requests.append((stream, head.fields)) }
        }
        return requests
    }

    @Test func `requests reach the server as they are`() throws {
        #expect(try client.request(Self.request) == 1)
        #expect(try client.request(Self.request) == 3)
        try exchange()
        let requests = requests
        #expect(requests.map(\.stream.id) == [1, 3])
        #expect(requests.map(\.fields) == [Self.request, Self.request])
    }

    @Test func `a response is a head, its pieces and an end`() throws {
        let number = try client.request(Self.request)
        try exchange()
        let stream = try #require(requests.first?.stream)
        server.respond([HTTP2Field(":status", "200")], body: nil, endsStream: false, on: stream)
        try exchange()
        #expect(events == [.head(stream: number, status: 200)])
        server.append(ByteBuffer(string: "hello"), to: stream)
        try exchange()
        #expect(events == [.data(stream: number, ByteBuffer(string: "hello"))])
        server.finish(stream)
        try exchange()
        #expect(events == [.closed(stream: number, .noError)])
        #expect(!client.isOver)
    }

    @Test func `an interim response is no head`() throws {
        let number = try client.request(Self.request)
        try exchange()
        let stream = try #require(requests.first?.stream)
        server.respondInterim([HTTP2Field(":status", "100")], on: stream)
        server.respond([HTTP2Field(":status", "404")], body: nil, endsStream: true, on: stream)
        try exchange()
        #expect(events == [.head(stream: number, status: 404), .closed(stream: number, .noError)])
    }

    @Test func `what was read is credited, so that a stream goes on without end`() throws {
        _ = try client.request(Self.request)
        try exchange()
        let stream = try #require(requests.first?.stream)
        server.respond([HTTP2Field(":status", "200")], body: nil, endsStream: false, on: stream)
        for _ in 0..<40 {
            server.append(ByteBuffer(repeating: 7, count: 1 << 20), to: stream)
            try exchange()
        }
        #expect(stream.queuedBytes == 0)
        let count = events.reduce(0) { count, event in
            guard case .data(_, let bytes) = event else { return count }
            return count + bytes.readableBytes
        }
        #expect(count == 40 << 20)
    }

    @Test func `a reset ends the stream with its reason`() throws {
        let number = try client.request(Self.request)
        try exchange()
        server.reset(try #require(requests.first?.stream), .refusedStream)
        try exchange()
        #expect(events == [.closed(stream: number, .refusedStream)])
    }

    @Test func `a server that has said goodbye leaves nothing to do`() throws {
        server.terminate(.noError)
        try exchange()
        #expect(client.isOver)
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH\r\n"])
    func `what is not HTTP 2 is an error`(text: String) throws {
        #expect(throws: HTTP2Error.self) {
            try client.receive(ByteBuffer(string: text))
            while try client.takeOutput() != nil {}
            guard !client.isOver else { throw HTTP2Error(.protocolBroken, "given up") }
        }
    }
}
