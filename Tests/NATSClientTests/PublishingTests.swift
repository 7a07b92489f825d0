import NIOCore
import NIOEmbedded
import Testing

@testable import NATSClient

@Suite struct PublishingTests {
    private func readyServer(_ change: (inout NATSConfiguration) -> Void = { _ in }) throws -> ScriptedServer {
        let server = try ScriptedServer(change)
        _ = try server.start()
        _ = try server.sent()
        return server
    }

    // MARK: Publishes

    @Test func aPublishIsDoneWhenTheServerHasIt() throws {
        let server = try readyServer()
        let first = try server.publish("1")
        let second = try server.publish("2")
        #expect(try server.sent() == "PUB s 1\r\n1\r\nPUB s 1\r\n2\r\nPING\r\n")
        #expect(first.isOpen && second.isOpen)
        let third = try server.publish("3")
        #expect(try server.sent() == "PUB s 1\r\n3\r\n")
        try server.say("PONG\r\n")
        #expect(first.isSuccess && second.isSuccess && third.isOpen)
        #expect(try server.sent() == "PING\r\n")
        try server.say("PONG\r\n")
        #expect(third.isSuccess)
        #expect(try server.sent() == "")
    }

    @Test func withoutAConnectionItWaitsForOne() throws {
        let server = try readyServer()
        try server.cut()
        let publish = try server.publish("1")
        try server.logIn()
        #expect(try server.sent().hasSuffix("PUB s 1\r\n1\r\nPING\r\n"))
        try server.say("PONG\r\n")
        #expect(publish.isSuccess)
    }

    @Test func whatWasUnderWayIsUnknownWhenTheConnectionIsLost() throws {
        let server = try readyServer()
        let arrived = try server.publish("1")
        _ = try server.sent()
        try server.say("PONG\r\n")
        let unknown = try server.publish("2")
        _ = try server.sent()
        try server.cut()
        let waiting = try server.publish("3")
        #expect(arrived.isSuccess && unknown.code == .outcomeUnknown && waiting.isOpen)
        guard case .disconnected(_, _, let count)? = server.events.last else { return }
        #expect(count == 1)
        // It is the caller's to send it again: only it knows whether twice is a fault.
        try server.logIn()
        let sent = try server.sent()
        #expect(!sent.contains("\r\n2\r\n") && sent.contains("\r\n3\r\n"))
    }

    @Test func moreThanMayBeUnderWayIsRefused() throws {
        let server = try readyServer { $0.pendingBytes = 100 }
        let outcomes = try (0..<20).map { _ in try server.publish("0123456789") }
        let size = "PUB s 10\r\n0123456789\r\n".utf8.count
        #expect(outcomes.count { $0.code == .full } == 20 - 100 / size)
        _ = try server.sent()
        try server.say("PONG\r\n")
        #expect(outcomes.count(where: \.isSuccess) == 100 / size)
        #expect(try server.publish("0123456789").isOpen)
    }

    @Test func theServersLargestMessageIsHeld() throws {
        let server = try readyServer()
        #expect(try server.publish(String(repeating: "x", count: 1001)).code == .tooLarge)
        #expect(try server.publish(String(repeating: "x", count: 1000)).isOpen)
    }

    /// A server of another size would end the connection with all that is under way, each time.
    @Test func whatTheNextServerDoesNotTakeIsNotSent() throws {
        let server = try readyServer()
        try server.cut()
        let large = try server.publish(String(repeating: "x", count: 1000))
        let small = try server.publish("1")
        try server.logIn(info: "INFO {\"headers\":true,\"max_payload\":999}\r\n")
        #expect(large.code == .tooLarge)
        #expect(try server.sent().hasSuffix("PUB s 1\r\n1\r\nPING\r\n"))
        try server.say("PONG\r\n")
        #expect(small.isSuccess)
    }

    /// The server says so before it answers the question behind it.
    @Test func aSubjectThatIsNotAllowedIsRefused() throws {
        let server = try readyServer()
        let bad = try server.publish("1", to: "bad")
        let good = try server.publish("2", to: "good")
        _ = try server.sent()
        try server.say("-ERR 'Permissions Violation for Publish to \"bad\"'\r\nPONG\r\n")
        #expect(bad.code == .refused && good.isSuccess)
        #expect(server.core.phase == .ready)
        let again = try server.publish("3", to: "bad")
        _ = try server.sent()
        try server.say("PONG\r\n")
        #expect(again.isSuccess)
    }

    @Test func aFlushComesBehindWhatWasPublished() throws {
        let server = try readyServer()
        _ = try server.publish("1")
        let flush = server.flush()
        #expect(try server.sent() == "PUB s 1\r\n1\r\nPING\r\n")
        #expect(flush.isOpen)
        try server.say("PONG\r\n")
        #expect(flush.isSuccess)
        let alone = server.flush()
        #expect(try server.sent() == "PING\r\n")
        try server.cut()
        #expect(alone.code == .outcomeUnknown)
    }

    @Test func whoIsClosedTakesNothing() throws {
        let server = try readyServer()
        let sent = try server.publish("1")
        let closing = server.core.close()
        server.loop.run()
        #expect(closing != nil)
        #expect(sent.code == .outcomeUnknown)
        #expect(try server.publish("2").code == .closed)
        #expect(server.flush().code == .closed)
        #expect(try server.request("3").code == .closed)
        #expect(!(try server.channel().isActive))
        server.loop.advanceTime(by: .hours(1))
        #expect(server.tried.count == 1)
    }

    @Test func whatWaitedWhenItClosedWasNotSent() throws {
        let server = try readyServer()
        try server.cut()
        let waiting = try server.publish("1")
        server.core.close()
        #expect(waiting.code == .closed)
    }

    // MARK: Requests

    @Test func whereFewAreUnderWayARequestIsSentAtOnce() throws {
        let server = try readyServer()
        for number in 1...ServerLink.share {
            _ = try server.request("\(number % 10)")
            #expect(try server.sent().contains("\r\n\(number % 10)\r\n"))
        }
    }

    /// Each piece costs a server as much as several messages.
    @Test func whereManyAreUnderWayRequestsGoTogether() throws {
        let server = try readyServer()
        for _ in 0..<(2 * ServerLink.share) { _ = try server.request("x") }
        _ = try server.sent()
        _ = try server.request("1")
        _ = try server.request("2")
        #expect(try server.sent() == "")
        _ = try server.request("3")
        let sent = try server.sent()
        #expect(sent.contains("\r\n1\r\n") && sent.contains("\r\n2\r\n") && sent.contains("\r\n3\r\n"))
    }

    @Test func aRequestWaitsForNoOtherLongerThanItsPatience() throws {
        let server = try readyServer()
        for _ in 0..<(2 * ServerLink.share) { _ = try server.request("x") }
        _ = try server.sent()
        _ = try server.request("1")
        server.loop.advanceTime(by: ServerLink.patience - .nanoseconds(1))
        #expect(try server.sent() == "")
        server.loop.advanceTime(by: .nanoseconds(1))
        #expect(try server.sent().contains("\r\n1\r\n"))
    }

    @Test func whatIsSentAtOnceTakesAlongWhatWaits() throws {
        let server = try readyServer()
        for _ in 0..<(2 * ServerLink.share) { _ = try server.request("x") }
        _ = try server.sent()
        _ = try server.request("1")
        _ = try server.publish("2")
        let sent = try server.sent()
        #expect(sent.contains("\r\n1\r\n") && sent.contains("\r\n2\r\n"))
    }

    /// The subject that the last request's answer goes to.
    private func reply(in sent: String) throws -> String {
        let match = try #require(sent.matches(of: #/PUB s (_INBOX\.[0-9A-Za-z]+\.[0-9]+) /#).last, "\(sent)")
        return String(match.1)
    }

    @Test func anAnswerIsTheRequests() throws {
        let server = try readyServer()
        let first = try server.request("1")
        let one = try reply(in: try server.sent())
        let second = try server.request("2")
        let two = try reply(in: try server.sent())
        #expect(one != two)
        try server.say("MSG \(two) 1 3\r\ntwo\r\nMSG \(one) 1 3\r\none\r\n")
        #expect(try first.result?.get().payload == ByteBuffer(string: "one"))
        #expect(try second.result?.get().payload == ByteBuffer(string: "two"))
        try server.say("MSG \(one) 1 3\r\none\r\nMSG \(one)x 1 0\r\n\r\nMSG _INBOX.x.1 1 0\r\n\r\nMSG s 1 0\r\n\r\n")
        #expect(server.core.phase == .ready && server.core.requests.isEmpty)
    }

    @Test func nobodyListensIsToldAtOnce() throws {
        let server = try readyServer()
        let request = try server.request("1")
        let reply = try reply(in: try server.sent())
        try server.say("HMSG \(reply) 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n")
        #expect(request.code == .noResponders)
    }

    @Test func aRequestHasItsTime() throws {
        let server = try readyServer()
        let request = try server.request("1", timeout: .seconds(2))
        server.loop.advanceTime(by: .milliseconds(1999))
        #expect(request.isOpen)
        server.loop.advanceTime(by: .milliseconds(1))
        #expect(request.code == .timeout)
        #expect(server.core.requests.isEmpty)
    }

    @Test func aRequestThatNobodyWaitsForIsNotSent() throws {
        let server = try readyServer()
        server.refuses = true
        try server.cut()
        let request = try server.request("old", timeout: .milliseconds(10))
        server.loop.advanceTime(by: .milliseconds(10))
        #expect(request.code == .timeout)
        let other = try server.request("new")
        server.refuses = false
        server.loop.advanceTime(by: .milliseconds(200))
        try server.logIn()
        let sent = try server.sent()
        #expect(!sent.contains("old") && sent.contains("new"))
        #expect(other.isOpen)
    }

    /// Also when the server has taken it: the answer went to a connection that is no more.
    @Test func aRequestIsUnknownWhenTheConnectionIsLost() throws {
        let server = try readyServer()
        let request = try server.request("1")
        _ = try server.sent()
        try server.say("PONG\r\n")
        #expect(request.isOpen)
        try server.cut()
        #expect(request.code == .outcomeUnknown)
    }

    @Test func requestsAreCounted() throws {
        let server = try readyServer { $0.pendingRequests = 2 }
        let requests = try (0..<3).map { try server.request("\($0)") }
        #expect(requests.map(\.code) == [nil, nil, .full])
    }

    @Test func anAnswerThatIsTooLargeIsTold() throws {
        let server = try readyServer { $0.reading.messageBytes = 10 }
        let request = try server.request("1")
        let reply = try reply(in: try server.sent())
        try server.say("MSG \(reply) 1 11\r\n01234567890\r\n")
        #expect(request.code == .tooLarge)
    }
}
