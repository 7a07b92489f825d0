import EventLog
import NIOCore
import Testing

@testable import EventHub

/// A shard's queue.
@Suite struct ShardInboxTests {
    private static func event(_ sequence: Position, bytes: Int = 44) -> LoggedEvent {
        let frame = EventFrame(capacity: bytes) { $0.writeRepeatingByte(0x61, count: bytes) }
        return LoggedEvent(sequence: sequence, audience: .everyone, frame: frame)
    }

    @Test func `the shard is told once, and again when it has looked`() {
        let inbox = ShardInbox(byteLimit: 1 << 20)
        #expect(inbox.post(Self.event(1)))
        #expect(!inbox.post(Self.event(2)))
        #expect(inbox.take().events.map(\.sequence) == [1, 2])
        #expect(inbox.take().events.isEmpty)
        #expect(inbox.post(Self.event(3)))
        #expect(inbox.take().events.map(\.sequence) == [3])
    }

    @Test func `full to the byte is not too full`() {
        let inbox = ShardInbox(byteLimit: 3 * Self.event(1).cost)
        for sequence in Position(1)...3 { _ = inbox.post(Self.event(sequence)) }
        let mail = inbox.take()
        #expect(mail.events.count == 3)
        #expect(mail.firstLost == nil)
    }

    @Test func `told of events that went, it says from where on`() {
        let inbox = ShardInbox(byteLimit: 1 << 20)
        #expect(inbox.lose(from: 8))
        #expect(!inbox.post(Self.event(20)))
        let mail = inbox.take()
        #expect(mail.firstLost == 8)
        #expect(mail.events.map(\.sequence) == [20])
        _ = inbox.post(Self.event(21))
        _ = inbox.lose(from: 30)
        #expect(inbox.take().firstLost == 21)
    }

    @Test func `too full, it lets everything go and says from where on`() {
        let inbox = ShardInbox(byteLimit: 3 * Self.event(1).cost)
        for sequence in Position(5)...7 { _ = inbox.post(Self.event(sequence)) }
        #expect(!inbox.post(Self.event(9)), "it has been told already, and has not looked")
        _ = inbox.post(Self.event(10))
        let mail = inbox.take()
        #expect(mail.events.isEmpty)
        #expect(mail.firstLost == 5)
    }

    @Test func `when the shard has looked there is room again`() {
        let inbox = ShardInbox(byteLimit: 3 * Self.event(1).cost)
        for sequence in Position(1)...10 { _ = inbox.post(Self.event(sequence)) }
        _ = inbox.take()
        #expect(inbox.post(Self.event(11)))
        let mail = inbox.take()
        #expect(mail.events.map(\.sequence) == [11])
        #expect(mail.firstLost == nil)
    }

    @Test func `an event larger than the inbox is lost to it, and told`() {
        let inbox = ShardInbox(byteLimit: 3 * Self.event(1).cost)
        #expect(inbox.post(Self.event(4, bytes: 1000)))
        #expect(inbox.take().firstLost == 4)
    }

    @Test func `renewals that wait are bounded, and orders to end streams stay`() {
        let inbox = ShardInbox(byteLimit: 1 << 20)
        let renewal = SessionRenewal(user: "alice", session: "", content: [UInt8](repeating: 0, count: 16 << 10))
        let room = ShardInbox.renewalLimit / renewal.cost
        #expect(inbox.post(inOrder: .renew(renewal)))
        for _ in 0..<room { _ = inbox.post(inOrder: .renew(renewal)) }
        _ = inbox.post(inOrder: .end(EndOrder(which: .ofUser("alice", number: nil, .disconnected), tally: nil)))
        let orders = inbox.take().orderedOrders.map(\.order)
        #expect(orders.count == room + 1)
        if case .end? = orders.last {} else { Issue.record("an order to end streams was left out") }
        #expect(inbox.post(inOrder: .renew(renewal)), "when the shard has looked there is room again")
    }

    @Test func `posts of many threads come once each, those of one thread in their order`() async {
        let inbox = ShardInbox(byteLimit: 1 << 30)
        let (threads, count) = (4, 500)
        let announced = await withTaskGroup(of: Int.self) { group in
            for thread in 0..<threads {
                group.addTask {
                    (1...count).filter { inbox.post(Self.event(Position(thread * 1000 + $0))) }.count
                }
            }
            return await group.reduce(0, +)
        }
        let sequences = inbox.take().events.map(\.sequence)
        #expect(announced == 1)
        for thread in 0..<threads {
            let own = sequences.filter { Int($0) / 1000 == thread }
            #expect(own == (1...count).map { Position(thread * 1000 + $0) })
        }
    }
}
