import FrameClient
import HTTP2Kit
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded

@testable import GatewayHTTP

/// One HTTP/2 connection in memory: a client's frames in, the gateway's frames out, and time that passes when told to.
struct HTTP2Wire {
    let channel: NIOAsyncTestingChannel
    private let reader = NIOLockedValueBox(UncheckedReader())
    private let front = FrontCounter()

    /// - Parameters:
    ///   - settings: what the client begins with.
    ///   - greets: whether it begins as RFC 9113 §3.4 has it; what the gateway begins with is then taken.
    init(
        _ judge: any RequestJudge, on loop: NIOAsyncTestingEventLoop = NIOAsyncTestingEventLoop(),
        limits: HTTP2Limits = HTTP2Limits(), account: ByteAccount = .unlimited,
        metrics: any HTTPMetrics = RefusalCounter(),
        settings: [(UInt16, UInt32)] = [], greets: Bool = true
    ) async throws {
        let front = front
        channel = try await NIOAsyncTestingChannel(loop: loop) { channel in
            let handler = front.handler()
            try channel.pipeline.syncOperations.addHandlers([
                handler,
                HTTP2ConnectionHandler(
                    judge: judge, peer: Peer(), times: Wire.times, limits: limits,
                    account: account, output: HTTP2Output(), metrics: metrics, date: Wire.dateField, sink: handler,
                    on: channel.eventLoop),
            ])
        }
        try await channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 40_000)).get()
        guard greets else { return }
        try await send(bytes: Frame.preface + Frame.settings(settings).bytes)
        _ = try await received()
    }

    // MARK: The client's side

    /// One read of the socket.
    func send(_ frames: Frame...) async throws { try await send(bytes: frames.flatMap(\.bytes)) }

    /// - Parameter thenCloses: whether the client's side ends with them, as TLS says it: before the read is over.
    func send(bytes: [UInt8], thenCloses: Bool = false) async throws {
        let channel = channel
        try await channel.testingEventLoop.executeInContext {
            guard channel.isActive else { return }
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
            if thenCloses { channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
            channel.pipeline.fireChannelReadComplete()
        }
        await settle()
    }

    /// What has come out since the last call.
    func received() async throws -> [Frame] {
        await settle()
        var frames: [Frame] = []
        while let bytes = try await channel.readOutbound(as: ByteBuffer.self) {
            frames += reader.withLockedValue { $0.reader.read(bytes) }
        }
        return frames
    }

    /// A request and what it is answered.
    func exchange(_ frames: Frame..., stream: UInt32 = 1) async throws -> HTTP2Response {
        try await send(bytes: frames.flatMap(\.bytes))
        return HTTP2Response(try await received(), stream: stream)
    }

    func hangUp() async throws {
        try? await channel.close().get()
        await settle()
    }

    // MARK: The socket's side

    /// Whether a socket that is ready is read from.
    var isReading: Bool {
        get async throws {
            let (channel, front) = (channel, front)
            front.reads.withLockedValue { $0 = 0 }
            try await channel.testingEventLoop.executeInContext { channel.pipeline.read() }
            return front.reads.withLockedValue { $0 } > 0
        }
    }

    var isClosed: Bool { !channel.isActive }

    /// How many times bytes were handed to the socket.
    var flushes: Int { front.flushes.withLockedValue { $0 } }

    func setWritable(_ isWritable: Bool) async throws {
        let channel = channel
        try await channel.testingEventLoop.executeInContext {
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
        }
        await settle()
    }

    func fire(_ event: some Sendable) async throws {
        let channel = channel
        try await channel.testingEventLoop.executeInContext { channel.pipeline.fireUserInboundEventTriggered(event) }
        await settle()
    }

    func settle() async { await channel.testingEventLoop.run() }

    func pass(_ time: TimeAmount) async { await channel.testingEventLoop.advanceTime(by: time) }
}

/// What a client has of one stream.
struct HTTP2Response: Equatable {
    var status: String?
    var fields: [String: String] = [:]
    var body = ""
    var isComplete = false
    var resetCode: UInt32?

    init(_ frames: [Frame], stream: UInt32) {
        for frame in frames where frame.stream == stream {
            switch frame.kind {
            case .headers where frame.fields[":status"] != "100":
                status = frame.fields[":status"]
                fields = frame.fields
            case .data: body += frame.text
            case .reset: resetCode = frame.errorCode
            default: break
            }
            if [.headers, .data].contains(frame.kind), frame.endsStream { isComplete = true }
        }
    }
}

extension [Frame] {
    /// What came of a stream's body.
    func text(of stream: UInt32) -> String { HTTP2Response(self, stream: stream).body }

    func of(_ kind: Frame.Kind) -> [Frame] { filter { $0.kind == kind } }

    /// What the last GOAWAY says.
    var goodbye: UInt32? { of(.goAway).last?.errorCode }
}

/// The reader is used by one test at a time, behind a lock.
private struct UncheckedReader: @unchecked Sendable {
    let reader = FrameReader()
}
