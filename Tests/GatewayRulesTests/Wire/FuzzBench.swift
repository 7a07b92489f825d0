import EventHub
import EventLog
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// Many connections at a time, each with bytes of its own, on one event loop.
struct FuzzBench {
    let gateway: GatewayBench

    /// What came of a batch of connections.
    struct Outcome: Sendable, Equatable {
        /// That were refused or served, and are gone.
        var closed = 0
        /// That wait for more of a request, or are streams.
        var waiting = 0
        /// That neither are gone nor wait for anything: a hang.
        var stuck = 0
        /// Whose first bytes out were no HTTP response.
        var speechless = 0
        /// That have not gone when all their time was over.
        var immortal = 0

        mutating func add(_ other: Outcome) {
            closed += other.closed
            waiting += other.waiting
            stuck += other.stuck
            speechless += other.speechless
            immortal += other.immortal
        }
    }

    private struct Subject: Sendable {
        let channel: NIOAsyncTestingChannel
        let facts = NIOLockedValueBox(Facts())
    }

    fileprivate struct Facts: Sendable {
        var isReading = false
        var hasWritten = false
        var isSpeechless = false
    }

    /// Sends each input, cut in pieces, on a connection of its own; then lets all deadlines pass; then hangs up.
    func run(_ inputs: [[ByteBuffer]]) async throws -> Outcome {
        let (loop, judge) = (gateway.bench.loop, gateway.gateway)
        let subjects = try await loop.executeInContext { try inputs.map { try Self.connect(loop, judge, $0) } }
        await loop.run()
        var outcome = try await loop.executeInContext { Self.look(at: subjects) }
        await loop.advanceTime(by: .seconds(200))
        let open = try await loop.executeInContext { subjects.count { $0.channel.isActive } }
        outcome.immortal = open - gateway.bench.hub.streamCount
        try await loop.executeInContext { for subject in subjects { subject.channel.close(promise: nil) } }
        await loop.run()
        return outcome
    }

    private static func connect(
        _ loop: NIOAsyncTestingEventLoop, _ judge: Gateway, _ pieces: [ByteBuffer]
    ) throws -> Subject {
        let subject = Subject(channel: NIOAsyncTestingChannel(loop: loop))
        let pipeline = subject.channel.pipeline
        try pipeline.syncOperations.addHandler(FuzzFront(subject.facts))
        try Wire.addHandlers(
            to: pipeline.syncOperations, judge, peer: Peer(), headBytes: 1024, metrics: RefusalCounter())
        pipeline.register(promise: nil)
        pipeline.connect(to: try SocketAddress(ipAddress: "192.0.2.1", port: 40_000), promise: nil)
        pipeline.read()
        for piece in pieces where subject.channel.isActive {
            pipeline.fireChannelRead(piece)
            pipeline.fireChannelReadComplete()
            subject.facts.withLockedValue { $0.isReading = false }
            pipeline.read()
        }
        return subject
    }

    private static func look(at subjects: [Subject]) -> Outcome {
        var outcome = Outcome()
        for subject in subjects {
            let facts = subject.facts.withLockedValue { $0 }
            if facts.isSpeechless { outcome.speechless += 1 }
            if !subject.channel.isActive {
                outcome.closed += 1
            } else if facts.isReading {
                outcome.waiting += 1
            } else {
                outcome.stuck += 1
            }
        }
        return outcome
    }
}

/// The socket's side of a connection that is being fuzzed.
private final class FuzzFront: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    private let facts: NIOLockedValueBox<FuzzBench.Facts>

    init(_ facts: NIOLockedValueBox<FuzzBench.Facts>) {
        self.facts = facts
    }

    func read(context: ChannelHandlerContext) {
        facts.withLockedValue { $0.isReading = true }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        facts.withLockedValue { facts in
            guard !facts.hasWritten else { return }
            facts.hasWritten = true
            facts.isSpeechless = !bytes.readableBytesView.starts(with: "HTTP/1.".utf8)
        }
        promise?.succeed()
    }
}
