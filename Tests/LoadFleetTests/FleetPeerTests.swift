import GatewayClient
import NIOCore
import Testing

@testable import LoadFleet

/// How a fleet talks to a server that is not a gateway.
@Suite struct FleetPeerTests {
    private func peer(_ stream: String, _ publish: String) throws -> FleetPeer {
        try FleetPeer(streamPath: stream, publishURL: publish)
    }

    private func request(_ peer: FleetPeer, _ event: FleetEvent) -> (head: String, body: String) {
        let requests = PublishRequests.peer(PeerPublishHeads(peer))
        let (head, body) = requests.request(PublishBatch(events: [event]), payload: 0)
        return (String(buffer: head), String(buffer: body))
    }

    @Test(arguments: [
        ("/sse/%d", "/sse/7", true), ("/sse?channel=%d&x=%20", "/sse?channel=7&x=%20", true), ("/%d", "/7", true),
        ("/all", "/all", false),
    ])
    func `a path has the user's number where the template has its place`(
        _ text: String, _ path: String, _ namesUser: Bool
    ) throws {
        let template = try PathTemplate(text)
        #expect(template.path(user: 7) == path)
        #expect(template.namesUser == namesUser)
    }

    @Test(arguments: [
        ("sse/%d", "begin with /"), ("", "begin with /"), ("/a b", "no space"), ("/a#b", "fragment"),
        ("/a\r\nHost: b", "no space"), ("/ü", "ASCII"), ("/%d/%d", "only once"),
    ])
    func `a template that is no path is refused`(_ text: String, _ part: String) {
        let error = #expect(throws: GatewayClientError.self) { try PathTemplate(text) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(part) == true)
    }

    @Test(arguments: [
        ("https://a/%d", "http://"), ("a/%d", "http://"), ("http:///%d", "host"), ("http://a:0/%d", "port"),
        ("http://a?x=/%d", "query"), ("http://a/b c", "space"),
    ])
    func `a publish URL that leads nowhere is refused`(_ text: String, _ part: String) {
        let error = #expect(throws: GatewayClientError.self) { try peer("/sse/%d", text) }
        #expect(error?.message.contains(part) == true, "\(String(describing: error))")
    }

    @Test func `a stream is asked for at its user's path, without a token`() throws {
        let requests = FleetStreamRequests.peer(try PathTemplate("/sse/%d"))
        let head = requests.head(at: try GatewayURL("https://a.example/x"), user: 3, lastEventID: "")
        #expect(
            String(buffer: RawRequest.bytes(of: head)) == "GET /x/sse/3 HTTP/1.1\r\nHost: a.example\r\n"
                + "User-Agent: sluice\r\nAccept: text/event-stream\r\nCache-Control: no-store\r\n\r\n")
    }

    @Test func `a broken stream goes on behind what the server called its last event`() throws {
        let requests = FleetStreamRequests.peer(try PathTemplate("/sse/%d"))
        let head = requests.head(at: try GatewayURL("https://a"), user: 3, lastEventID: "1700000000:0")
        #expect(String(buffer: RawRequest.bytes(of: head)).contains("\r\nLast-Event-ID: 1700000000:0\r\n"))
    }

    @Test func `a publish is the event's data alone, to its user's path`() throws {
        let (head, body) = request(
            try peer("/sse/%d", "http://a.example:81/publish/%d?x=1"), FleetEvent(lane: 12, number: 2, sentAt: 3))
        #expect(body == #"{"l":12,"n":2,"t":3,"pad":""}"#)
        #expect(
            head == "POST /publish/12?x=1 HTTP/1.1\r\nHost: a.example:81\r\nUser-Agent: sluice\r\n"
                + "Content-Type: text/plain\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
    }

    @Test(arguments: [("http://a/publish", "/publish"), ("http://a", "/"), ("HTTP://A:80/", "/")])
    func `a publish to everyone has one path`(_ url: String, _ path: String) throws {
        let (head, _) = request(try peer("/all", url), FleetEvent(lane: 12, number: 2, sentAt: 3))
        #expect(head.hasPrefix("POST \(path) HTTP/1.1\r\nHost: a\r\n"))
    }

    @Test func `any success is a promise to deliver, whatever the answer says`() throws {
        let requests = PublishRequests.peer(PeerPublishHeads(try peer("/%d", "http://a/%d")))
        let batch = PublishBatch(events: [FleetEvent(lane: 0, number: 1, sentAt: 0)])
        let answer = ByteBuffer(string: "queued messages: 1")
        for status in [200, 201, 202, 204] {
            #expect(requests.verdicts(batch, status: status, body: answer) == [true])
        }
        for status in [301, 404, 503] { #expect(requests.verdicts(batch, status: status, body: answer) == [false]) }
        #expect(requests.verdicts(batch, status: 500, body: answer) == [nil])
    }

    @Test func `an answer without content ends with its head`() throws {
        var reader = RawResponseReader()
        reader.append(ByteBuffer(string: "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n"))
        #expect(try reader.next() == .head(status: 204))
        #expect(try reader.next() == .end)
    }
}
