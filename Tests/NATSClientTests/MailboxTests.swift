import NIOCore
import Testing

@testable import NATSClient

@Suite struct MailboxTests {
    private func message(_ text: String) throws -> Message {
        Message(subject: try Subject("a"), payload: ByteBuffer(string: text))
    }

    private func mailbox(messages: Int = 10, bytes: Int = 1000) -> Mailbox {
        var limits = SubscriptionLimits()
        (limits.messages, limits.bytes) = (messages, bytes)
        return Mailbox(limits)
    }

    @Test func whatWaitsIsReadInOrder() async throws {
        let mailbox = mailbox()
        for text in ["1", "2"] { #expect(mailbox.offer(try message(text))) }
        mailbox.finish()
        #expect(!mailbox.offer(try message("3")))
        #expect(try await mailbox.next() == .message(try message("1")))
        #expect(try await mailbox.next() == .message(try message("2")))
        #expect(try await mailbox.next() == nil)
        #expect(try await mailbox.next() == nil)
    }

    @Test func whatWaitsIsTakenInOneGo() async throws {
        let mailbox = mailbox()
        #expect(mailbox.takeWaiting(most: 5).isEmpty)
        for text in ["1", "2", "3"] { _ = mailbox.offer(try message(text)) }
        mailbox.offer(.connection)
        #expect(mailbox.takeWaiting(most: 2) == [.message(try message("1")), .message(try message("2"))])
        #expect(mailbox.takeWaiting(most: 5) == [.message(try message("3")), .missed(.connection)])
        _ = mailbox.offer(try message("4"))
        #expect(
            mailbox.takeWaiting(behind: [.missed(.connection)], most: 5)
                == [.missed(.connection), .message(try message("4"))])
        _ = mailbox.offer(try message("5"))
        #expect(try await mailbox.next() == .message(try message("5")))
    }

    @Test func aReaderThatWaitsIsWoken() async throws {
        let mailbox = mailbox()
        async let next = mailbox.next()
        _ = mailbox.offer(try message("1"))
        #expect(try await next == .message(try message("1")))
        async let end = mailbox.next()
        mailbox.finish()
        #expect(try await end == nil)
    }

    @Test func whatDoesNotFitIsToldInItsPlace() async throws {
        let mailbox = mailbox(messages: 2)
        for text in ["1", "2"] { #expect(mailbox.offer(try message(text))) }
        for text in ["3", "4"] { #expect(!mailbox.offer(try message(text))) }
        #expect(try await mailbox.next() == .message(try message("1")))
        #expect(mailbox.offer(try message("5")))
        mailbox.finish()
        #expect(try await mailbox.next() == .message(try message("2")))
        #expect(try await mailbox.next() == .missed(.slowConsumer(messages: 2)))
        #expect(try await mailbox.next() == .message(try message("5")))
        #expect(try await mailbox.next() == nil)
    }

    @Test func bytesCount() throws {
        let mailbox = mailbox(bytes: 20)
        #expect(mailbox.offer(try message("123456789")))
        #expect(mailbox.offer(try message("123456789")))
        #expect(!mailbox.offer(try message("")))
    }

    @Test func aloneEachFits() throws {
        #expect(mailbox(bytes: 20).offer(try message(String(repeating: "x", count: 100))))
    }

    @Test func eachCauseIsToldOnceInAPlace() async throws {
        var pending = PendingDeliveries(SubscriptionLimits())
        for _ in 0..<1000 {
            for missed in [Missed.connection, .oversized(bytes: 7), .slowConsumer(messages: 1)] {
                pending.addMissed(missed)
            }
        }
        #expect(pending.take() == .missed(.connection))
        #expect(pending.take() == .missed(.oversized(bytes: 7)))
        #expect(pending.take() == .missed(.slowConsumer(messages: 1000)))
        #expect(pending.isEmpty)
    }

    @Test func anErrorComesBehindWhatWaits() async throws {
        let mailbox = mailbox()
        _ = mailbox.offer(try message("1"))
        mailbox.finish(.closed)
        #expect(try await mailbox.next() == .message(try message("1")))
        await #expect(throws: NATSError.closed) { try await mailbox.next() }
    }

    @Test func aTaskThatIsCancelledReadsNoMore() async throws {
        let mailbox = mailbox()
        let reader = Task { try await mailbox.next() }
        reader.cancel()
        #expect(try await reader.value == nil)
        _ = mailbox.offer(try message("1"))
        #expect(try await mailbox.next() == .message(try message("1")))
    }

    @Test func whoFinishesIsToldWhenAllIsTaken() async throws {
        let mailbox = mailbox()
        _ = mailbox.offer(try message("1"))
        _ = mailbox.offer(try message("2"))
        let told = Told()
        mailbox.finish { told.tell() }
        #expect(!told.isTold)
        _ = try await mailbox.next()
        #expect(!told.isTold)
        _ = try await mailbox.next()
        #expect(told.isTold)
        let empty = Told()
        self.mailbox().finish { empty.tell() }
        #expect(empty.isTold)
    }
}
