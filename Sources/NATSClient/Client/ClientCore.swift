// The client as its event loop sees it: which connection there is, what is under way on it, and for whom. All of it is
// called on that loop. What connects is in `+Connecting`, and so on by subject.

internal import NIOCore
internal import Synchronization

/// The state of a client.
final class ClientCore {
    enum Phase: Equatable {
        case idle
        /// A server is being connected to, or waited for.
        case connecting
        case ready
        /// Nothing new is taken, and what is under way is brought to its end.
        case draining
        case closed
    }

    /// What is under way, and whom to tell.
    struct Outgoing {
        enum Kind {
            case publish(@Sendable (Result<Void, NATSError>) -> Void)
            /// By its number: who asked may have gone.
            case request(UInt64)
            /// Nothing but the question whether all before it has arrived.
            case flush(EventLoopPromise<Void>)
        }

        let kind: Kind
        let subject: Subject?
        /// To be sent when there is a connection; nothing of what has been.
        let bytes: ByteBuffer
        /// What counts against the server's `max_payload`.
        let sizedBytes: Int
    }

    struct Interest {
        let filter: SubjectFilter
        let queue: QueueGroup?
        let mailbox: Mailbox
        /// It has been unsubscribed, and what the server had sent before is on its way.
        var isDraining = false
    }

    struct Arrivals {
        var id: SubscriptionID?
        var messages: [Message] = []
    }

    struct PendingRequest {
        let answer: @Sendable (Result<Message, NATSError>) -> Void
        let timeout: TimeAmount
        let deadline: NIODeadline
        var isSent = false
    }

    /// One timer for all requests: almost all are answered in time, and most wait equally long.
    struct Expiry {
        let deadline: NIODeadline
        let timer: Scheduled<Void>
    }

    let configuration: NATSConfiguration
    let hands: NATSHands
    let eventLoop: any EventLoop
    var phase = Phase.idle
    var pool: ServerPool
    var link: ServerLink?
    /// An attempt that waits for its time.
    var attempt: Scheduled<Void>?
    var starting: EventLoopPromise<Void>?
    var outbox: Outbox<Outgoing>
    var subscriptions: [SubscriptionID: Interest] = [:]
    var lastSubscription: UInt64
    /// What has come for a subscription, of one read, and is not in its mailbox yet.
    var arrivals = Arrivals()
    var requests: [UInt64: PendingRequest] = [:]
    var lastRequest: UInt64 = 0
    /// No later than the first of the requests' deadlines.
    var expiry: Expiry?
    /// All answers come to one subscription: `_INBOX.<random>.*`.
    let inbox: Inbox
    /// Subjects whose publishes the server has refused since its last confirmation.
    var refused: [[UInt8]: NATSError] = [:]
    /// What the server of the last connection takes.
    var maxPayload: Int? { didSet { largest.bytes.store(maxPayload ?? 0, ordering: .relaxed) } }
    /// The same, for other threads.
    let largest = LargestMessage()
    /// What that server is called.
    var serverName: String? { didSet { connected.text.withLock { $0 = serverName } } }
    /// The same, for other threads.
    let connected = ConnectedServer()
    /// Since when the connection is ready.
    var readySince = NIODeadline.distantPast

    init(_ configuration: NATSConfiguration, _ hands: NATSHands, on eventLoop: any EventLoop) {
        (self.configuration, self.hands, self.eventLoop) = (configuration, hands, eventLoop)
        var generator = HandGenerator(random: hands.random)
        pool = ServerPool(configuration.servers, configuration.reconnect, using: &generator)
        outbox = Outbox(limit: configuration.pendingBytes)
        inbox = Inbox(using: &generator)
        lastSubscription = Inbox.id.number
    }

    /// From 0 to 1.
    var chance: Double { Double(hands.random() >> 11) / Double(1 << 53) }
}

@available(*, unavailable)
extension ClientCore: Sendable {}

/// How many bytes a message may have; 0 while that is not known.
final class LargestMessage: Sendable {
    let bytes = Atomic(0)
}

/// What a server is called, as its operator has named it; nothing before the first connection.
final class ConnectedServer: Sendable {
    let text = Mutex<String?>(nil)
}

/// Where the answers to requests come: one subject for each, under one that is subscribed to.
struct Inbox: Sendable {
    static let id = SubscriptionID(number: 1)
    private let prefix: [UInt8]

    /// - Parameter generator: others must not guess the subject.
    init(using generator: inout some RandomNumberGenerator) {
        let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        let name = (0..<22).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] }
        prefix = Array("_INBOX.".utf8) + name + [Subject.dot]
    }

    /// All of it.
    var filter: SubjectFilter { SubjectFilter(unchecked: prefix + [SubjectFilter.oneToken]) }

    func subject(_ number: UInt64) -> Subject {
        let digits = DecimalDigits(number)
        return Subject(
            unchecked: [UInt8](unsafeUninitializedCapacity: prefix.count + digits.count) { bytes, count in
                _ = bytes.initialize(fromContentsOf: prefix)
                digits.write(into: bytes, at: prefix.count)
                count = prefix.count + digits.count
            })
    }

    /// - Returns: nothing when it is none of these subjects.
    func number(of subject: Span<UInt8>) -> UInt64? {
        guard (1...19).contains(subject.count - prefix.count) else { return nil }
        for index in prefix.indices where subject[index] != prefix[index] { return nil }
        var number: UInt64 = 0
        for index in prefix.count..<subject.count {
            guard (0x30...0x39).contains(subject[index]) else { return nil }
            number = number * 10 + UInt64(subject[index] - 0x30)
        }
        return number
    }
}
