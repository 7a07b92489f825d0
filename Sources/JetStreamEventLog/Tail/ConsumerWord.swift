// What a push consumer sends: messages with their places, and the server's own words between them.

internal import EventLog
internal import NATSClient
internal import NIOCore

/// A message of a consumer, read.
enum ConsumerWord: Sendable, Equatable {
    /// A message of the stream.
    case message(ConsumerPlace)
    /// Nothing is new.
    ///
    /// - Parameters:
    ///   - number: of the last message that the consumer has sent.
    ///   - reply: where to answer, when the consumer waits for that.
    case heartbeat(number: UInt64?, reply: Subject?)
    /// The server waits until we have come so far.
    case flowControl(Subject)
    /// Not of a consumer.
    case foreign

    init(_ message: Message) {
        guard message.isEmpty, let headers = try? message.headers(),
            headers.status?.code == Self.control
        else {
            let place = message.readReply { ConsumerPlace($0) } ?? nil
            self = place.map { .message($0) } ?? .foreign
            return
        }
        if let reply = message.reply {
            self = .flowControl(reply)
        } else {
            let stalled = headers.first("Nats-Consumer-Stalled").flatMap { try? Subject($0) }
            self = .heartbeat(number: headers.first("Nats-Last-Consumer").flatMap { UInt64($0) }, reply: stalled)
        }
    }

    /// The status of what the server says itself.
    private static let control = 100
}

/// Where a message stands, in its stream and among those of its consumer.
struct ConsumerPlace: Sendable, Equatable {
    let sequence: Position
    /// The number in the consumer's counting, from 1.
    let number: UInt64
    let storedAt: ServerTime

    init(sequence: Position, number: UInt64, storedAt: ServerTime) {
        (self.sequence, self.number, self.storedAt) = (sequence, number, storedAt)
    }

    /// Reads the subject that would be answered to. Each message of the stream has one.
    ///
    /// - Parameter subject: `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<number>.<time>.<pending>`, or the
    ///   same with a domain and an account before the stream, and perhaps something behind.
    init?(_ subject: Span<UInt8>) {
        guard subject.count > Self.prefix.count else { return nil }
        for index in Self.prefix.indices where subject[index] != Self.prefix[index] { return nil }
        let tokens = 1 + subject.indices.count { subject[$0] == Self.dot }
        guard tokens == 9 || tokens >= 11 else { return nil }
        var place = 0
        for _ in 0..<(tokens == 9 ? 5 : 7) {
            while subject[place] != Self.dot { place += 1 }
            place += 1
        }
        guard let sequence = Self.number(subject, &place), let number = Self.number(subject, &place),
            let time = Self.number(subject, &place)
        else { return nil }
        self.init(sequence: sequence, number: number, storedAt: ServerTime(nanoseconds: Int64(clamping: time)))
    }

    init?(_ text: String) { self.init(Array(text.utf8).span) }

    private static let dot = UInt8(ascii: ".")
    private static let prefix = Array("$JS.ACK.".utf8)

    /// Takes the next token.
    private static func number(_ subject: Span<UInt8>, _ place: inout Int) -> UInt64? {
        var (number, digits): (UInt64, Int) = (0, 0)
        while place < subject.count, subject[place] != dot {
            guard (0x30...0x39).contains(subject[place]), digits < 19 else { return nil }
            number = number * 10 + UInt64(subject[place] - 0x30)
            digits += 1
            place += 1
        }
        place += 1
        return digits > 0 ? number : nil
    }
}
