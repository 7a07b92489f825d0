// Events as messages, and the names of messages.

import EventLog
import EventStream
import NIOCore
import SeededRandom
import Testing

@testable import JetStreamEventLog

extension EventMessage {
    /// As it stands in the stream.
    var payload: ByteBuffer {
        var payload = ByteBuffer(bytes: opening)
        payload.writeImmutableBuffer(data)
        return payload
    }
}

@Suite struct EventMessageTests {
    private let now = WallTime(milliseconds: 1_000_000)

    private func roundTrip(_ event: NewEvent, streams: Int = 3, digest: String? = nil) throws {
        let message = EventMessage(event, streams: streams, digest: digest, now: now)
        let read = try EventMessage(payload: message.payload)
        #expect(read.audience == event.audience)
        #expect(read.name?.text == event.name?.text)
        #expect(read.request == event.request)
        #expect(read.data == event.data)
        #expect(read.expiresAt == event.timeToLive.map { now.adding(seconds: $0) })
        #expect(read.streams == streams)
        #expect(read.digest == digest)
    }

    @Test func anEventComesOutAsItWentIn() throws {
        let names = ["alice", "", " ", "\u{0}\u{1}", "\"\\", "Rene\u{301}", "🙂"]
        let audiences = names.flatMap { [Audience.user($0), .topic($0)] } + [.users(names), .users([]), .everyone]
        for audience in audiences {
            try roundTrip(NewEvent(audience: audience, name: nil, data: ByteBuffer(string: "x")))
        }
        try roundTrip(
            NewEvent(audience: .everyone, name: nil, data: ByteBuffer(string: "x"), request: FieldValue("order-17")))
        for name in ["comment", " led", "ü", "'"] {
            try roundTrip(NewEvent(audience: .everyone, name: try EventName(name), data: ByteBuffer()), digest: "0a")
        }
    }

    @Test func dataOfAnyBytesComesOutAsItWentIn() throws {
        for data in [[], Array("a\n\nb\n".utf8), Array(0...255), [UInt8](repeating: 10, count: 9)] {
            try roundTrip(NewEvent(audience: .everyone, name: nil, data: ByteBuffer(bytes: data), timeToLive: 0))
        }
        try roundTrip(NewEvent(audience: .everyone, name: nil, data: ByteBuffer(), timeToLive: .max))
    }

    @Test func aNameIsKeptAsItIsSpelled() throws {
        let event = NewEvent(audience: .user("Rene\u{301}"), name: nil, data: ByteBuffer())
        let read = try EventMessage(payload: EventMessage(event, streams: 0, digest: nil, now: now).payload)
        guard case .user(let name) = read.audience else {
            Issue.record("\(read.audience)")
            return
        }
        #expect(name.unicodeScalars.count == 5)
    }

    @Test func anEventAtItsPlaceIsEncodedAsTheOtherEnginesEncodeIt() throws {
        let epoch = try #require(Epoch("e"))
        let event = NewEvent(
            audience: .user("a"), name: try EventName("n"), data: ByteBuffer(string: "x\ny"), timeToLive: 5)
        let expected = LoggedEvent(event, epoch: epoch, sequence: 7, now: now)
        let found = EventMessage(event, streams: 0, digest: nil, now: now)
            .event(at: LoggedEventID(epoch: epoch, sequence: 7))
        #expect(found.frame.chunk == expected.frame.chunk)
        #expect(found.cost == expected.cost)
        #expect(found.expiresAt == expected.expiresAt && found.sequence == 7)
    }

    @Test(arguments: [
        "", "\n", "{}", "{}\n", "{\"v\":1}\n", "{\"v\":2,\"everyone\":true}\n", "{\"v\":1,\"everyone\":false}\n",
        "{\"v\":1,\"user\":7}\n", "{\"v\":1,\"user\":\"a\",\"event\":\"a\\nb\"}\n", "{\"v\":1,\"everyone\":true\n",
        "{\"v\":99999999999999999999,\"everyone\":true}\n",
    ])
    func whatThisVersionDoesNotWriteIsSaidToBeUnreadable(text: String) {
        #expect(throws: EventMessage.Unreadable.self) { try EventMessage(payload: ByteBuffer(string: text)) }
    }

    @Test func aLaterVersionsMemberIsNoMatter() throws {
        let message = try EventMessage(payload: ByteBuffer(string: "{\"v\":1,\"user\":\"a\",\"more\":[1]}\nx"))
        #expect(message.audience == .user("a") && message.data == ByteBuffer(string: "x"))
    }

    @Test func noBytesAreATrap() {
        var random = SeededGenerator(test: "noBytesAreATrap")
        let good = Array(
            EventMessage(
                NewEvent(audience: .users(["a", "b"]), name: nil, data: ByteBuffer(string: "x"), timeToLive: 9),
                streams: 1, digest: "ab", now: now
            ).payload.readableBytesView)
        for _ in 0..<5000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            _ = try? EventMessage(payload: ByteBuffer(bytes: bytes))
        }
    }
}

@Suite struct MessageIDTests {
    private func text(_ publisher: String, _ key: String) throws -> String {
        try MessageID(PublishKey(publisher: publisher, key: key, digest: [1])).text(of: 0, generation: 1)
    }

    @Test func eachMessageOfEachKeyOfEachPublisherHasItsOwn() throws {
        let id = try MessageID(PublishKey(publisher: "shop", key: "k", digest: [1]))
        let names = [
            id.text(of: 0, generation: 1), id.text(of: 1, generation: 1), id.text(of: 0, generation: 2),
            try text("shop", "l"), try text("sho", "pk"), try text("shopk", ""),
        ]
        #expect(Set(names).count == names.count)
    }

    @Test func aRetryHasTheSameOneWhateverItsBodyAndItsSpelling() throws {
        let other = try MessageID(PublishKey(publisher: "Rene\u{301}", key: "k", digest: [2]))
        #expect(try text("Ren\u{E9}", "k") == other.text(of: 0, generation: 1))
    }

    @Test func itIsShortAndHasNothingOfTheKey() throws {
        let name = try text("shop", "secret")
        #expect(name.utf8.count == 66 && !name.contains("secret") && name.hasSuffix("/0"))
    }
}
