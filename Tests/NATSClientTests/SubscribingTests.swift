import NIOCore
import NIOEmbedded
import Testing

@testable import NATSClient

@Suite struct SubscribingTests {
    private func readyServer(_ change: (inout NATSConfiguration) -> Void = { _ in }) throws -> ScriptedServer {
        let server = try ScriptedServer(change)
        _ = try server.start()
        _ = try server.sent()
        return server
    }

    private func message(_ text: String, _ subject: String = "s") throws -> Delivery {
        .message(Message(subject: try Subject(subject), payload: ByteBuffer(string: text)))
    }

    /// What waits in a mailbox. Its end has to be there, so that nothing waits for more.
    private func all(_ mailbox: Mailbox) async throws -> [Delivery] {
        var deliveries: [Delivery] = []
        while let delivery = try await mailbox.next() { deliveries.append(delivery) }
        return deliveries
    }

    @Test func messagesGoToTheirSubscription() async throws {
        let (one, two) = (Mailbox(SubscriptionLimits()), Mailbox(SubscriptionLimits()))
        try deliver(one, two)
        #expect(try await all(one) == [try message("1", "a")])
        #expect(try await all(two) == [try message("2", "b.c"), try message("3", "b.d")])
    }

    private func deliver(_ one: Mailbox, _ two: Mailbox) throws {
        let server = try readyServer()
        let first = try server.core.subscribe(try SubjectFilter("a"), queue: nil, one)
        let second = try server.core.subscribe(try SubjectFilter("b.*"), queue: try QueueGroup("q"), two)
        #expect(try server.sent() == "SUB a 2\r\nSUB b.* q 3\r\n")
        try server.say("MSG a 2 1\r\n1\r\nMSG b.c 3 1\r\n2\r\nMSG b.d 3 1\r\n3\r\nMSG x 99 1\r\n4\r\n")
        server.core.unsubscribe(first)
        server.core.unsubscribe(second)
        #expect(try server.sent() == "UNSUB 2\r\nUNSUB 3\r\n")
        try server.say("MSG a 2 1\r\n5\r\n")
    }

    @Test func subscriptionsOutliveTheirConnection() async throws {
        let mailbox = Mailbox(SubscriptionLimits())
        try outlive(mailbox)
        #expect(try await all(mailbox) == [try message("1"), .missed(.connection), try message("2")])
    }

    private func outlive(_ mailbox: Mailbox) throws {
        let server = try readyServer()
        let gone = try server.core.subscribe(try SubjectFilter("gone"), queue: nil, Mailbox(SubscriptionLimits()))
        let id = try server.core.subscribe(try SubjectFilter("s"), queue: nil, mailbox)
        try server.say("MSG s \(id) 1\r\n1\r\n")
        try server.cut()
        server.core.unsubscribe(gone)
        _ = try server.core.subscribe(try SubjectFilter("new"), queue: nil, Mailbox(SubscriptionLimits()))
        try server.logIn()
        let sent = try server.sent()
        #expect(sent.hasSuffix("SUB s \(id)\r\nSUB new 4\r\n"), "\(sent)")
        #expect(!sent.contains("gone"))
        try server.say("MSG s \(id) 1\r\n2\r\n")
        server.core.close()
    }

    @Test func aSlowConsumerIsToldWhatItMisses() async throws {
        var limits = SubscriptionLimits()
        limits.messages = 2
        let mailbox = Mailbox(limits)
        try overrun(mailbox)
        #expect(
            try await all(mailbox) == [try message("1"), try message("2"), .missed(.slowConsumer(messages: 3))])
    }

    private func overrun(_ mailbox: Mailbox) throws {
        let server = try readyServer()
        let id = try server.core.subscribe(try SubjectFilter("s"), queue: nil, mailbox)
        try server.say((1...5).map { "MSG s \(id) 1\r\n\($0)\r\n" }.joined())
        #expect(server.core.phase == .ready)
        server.core.close()
    }

    @Test func aMessageThatIsTooLargeIsTold() async throws {
        let mailbox = Mailbox(SubscriptionLimits())
        try skip(mailbox)
        #expect(try await all(mailbox) == [.missed(.oversized(bytes: 11)), try message("1")])
    }

    private func skip(_ mailbox: Mailbox) throws {
        let server = try readyServer { $0.reading.messageBytes = 10 }
        let id = try server.core.subscribe(try SubjectFilter("s"), queue: nil, mailbox)
        try server.say("MSG s \(id) 11\r\n01234567890\r\nMSG s \(id) 1\r\n1\r\n")
        server.core.close()
    }

    @Test func aSubscriptionThatIsNotAllowedEnds() async throws {
        let (bad, good) = (Mailbox(SubscriptionLimits()), Mailbox(SubscriptionLimits()))
        let refused = Refused(bad, good)
        try refused.run(try readyServer())
        await #expect(throws: NATSError.self) { try await bad.next() }
        #expect(try await good.next() == (try message("1", "good")))
    }

    private struct Refused {
        let bad: Mailbox
        let good: Mailbox

        init(_ bad: Mailbox, _ good: Mailbox) { (self.bad, self.good) = (bad, good) }

        func run(_ server: ScriptedServer) throws {
            _ = try server.core.subscribe(try SubjectFilter("bad.>"), queue: nil, bad)
            let id = try server.core.subscribe(try SubjectFilter("good"), queue: nil, good)
            try server.say("-ERR 'Permissions Violation for Subscription to \"bad.>\"'\r\nMSG good \(id) 1\r\n1\r\n")
        }
    }

    // MARK: Draining

    @Test func drainingWaitsForWhatIsOnItsWayAndForItsReader() throws {
        let server = try readyServer()
        var mailbox: Mailbox? = Mailbox(SubscriptionLimits())
        let id = try server.core.subscribe(try SubjectFilter("s"), queue: nil, try #require(mailbox))
        _ = try server.sent()
        let promise = server.loop.makePromise(of: Void.self)
        let drained = Outcome(promise.futureResult)
        server.core.drain(promise)
        #expect(try server.sent() == "UNSUB \(id)\r\nPING\r\n")
        #expect(server.core.phase == .draining)
        #expect(throws: NATSError.self) {
            try server.core.subscribe(SubjectFilter("t"), queue: nil, Mailbox(SubscriptionLimits()))
        }
        // A reader may still answer what it reads.
        #expect(try server.publish("answer").isOpen)
        try server.say("MSG s \(id) 1\r\n1\r\nPONG\r\n")
        #expect(drained.isOpen && server.core.subscriptions.isEmpty)
        // Nobody will read it any more.
        mailbox = nil
        #expect(drained.isSuccess)
    }

    @Test func drainingIsDoneWhenNothingWaits() throws {
        let server = try readyServer()
        _ = try server.core.subscribe(try SubjectFilter("s"), queue: nil, Mailbox(SubscriptionLimits()))
        let promise = server.loop.makePromise(of: Void.self)
        let drained = Outcome(promise.futureResult)
        server.core.drain(promise)
        _ = try server.sent()
        #expect(drained.isOpen)
        try server.say("PONG\r\n")
        #expect(drained.isSuccess)
    }

    @Test func drainingEndsWithTheConnection() throws {
        let server = try readyServer()
        _ = try server.core.subscribe(try SubjectFilter("s"), queue: nil, Mailbox(SubscriptionLimits()))
        let promise = server.loop.makePromise(of: Void.self)
        let drained = Outcome(promise.futureResult)
        server.core.drain(promise)
        _ = try server.sent()
        try server.cut()
        #expect(drained.isOpen == false && drained.isSuccess == false)
        #expect(server.core.phase == .closed)
    }
}
