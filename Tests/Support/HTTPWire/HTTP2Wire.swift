package import FrameClient
package import HTTP2Kit
package import HTTPServing
internal import NIOConcurrencyHelpers
internal import NIOCore
package import NIOEmbedded

/// One HTTP/2 connection in memory: a client's frames in, the gateway's frames out, and time that passes when told to.
package struct HTTP2Wire: ConnectionInMemory {
    package let channel: NIOAsyncTestingChannel
    private let reader = NIOLockedValueBox(UncheckedReader())
    package let front = FrontCounter()

    /// - Parameters:
    ///   - bell: says when a turn of the loop comes; without one each comes at once.
    ///   - settings: what the client begins with.
    ///   - greets: whether it begins as RFC 9113 §3.4 has it; what the gateway begins with is then taken.
    package init(
        _ judge: any RequestJudge, on loop: NIOAsyncTestingEventLoop = NIOAsyncTestingEventLoop(),
        limits: HTTP2Limits = HTTP2Limits(), account: ByteAccount = .unlimited,
        metrics: any HTTPMetrics = RefusalCounter(), bell: TurnBell? = nil,
        settings: [(UInt16, UInt32)] = [], greets: Bool = true
    ) async throws {
        let front = front
        channel = try await NIOAsyncTestingChannel(loop: loop) { channel in
            let handler = front.handler()
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(handler)
            try HTTPPipeline(
                judge: judge, times: Wire.times, headBytes: limits.headerListBytes, account: account, metrics: metrics,
                date: Wire.dateField
            ).addHTTP2(
                to: pipeline, peer: Peer(), behind: handler, limits: limits, output: HTTP2Output(),
                turns: bell?.turns)
        }
        try await channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 40_000)).get()
        guard greets else { return }
        try await send(bytes: Frame.preface + Frame.settings(settings).bytes)
        _ = try await received()
    }

    // MARK: The client's side

    /// One read of the socket.
    package func send(_ frames: Frame...) async throws { try await send(bytes: frames.flatMap(\.bytes)) }

    /// - Parameter thenCloses: whether the client's side ends with them, as TLS says it: before the read is over.
    package func send(bytes: [UInt8], thenCloses: Bool = false) async throws {
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
    package func received() async throws -> [Frame] {
        await settle()
        var frames: [Frame] = []
        while let bytes = try await channel.readOutbound(as: ByteBuffer.self) {
            frames += reader.withLockedValue { $0.reader.read(bytes) }
        }
        return frames
    }

    /// A request and what it is answered.
    package func exchange(_ frames: Frame..., stream: UInt32 = 1) async throws -> HTTP2Response {
        try await send(bytes: frames.flatMap(\.bytes))
        return HTTP2Response(try await received(), stream: stream)
    }

    // MARK: The socket's side

    /// Whether a socket that is ready is read from.
    package var isReading: Bool {
        get async throws {
            let (channel, front) = (channel, front)
            front.reads.withLockedValue { $0 = 0 }
            try await channel.testingEventLoop.executeInContext { channel.pipeline.read() }
            return front.reads.withLockedValue { $0 } > 0
        }
    }
}

/// What a client has of one stream.
package struct HTTP2Response: Equatable {
    package var status: String?
    package var fields: [String: String] = [:]
    package var body = ""
    package var isComplete = false
    package var resetCode: UInt32?

    package init(_ frames: [Frame], stream: UInt32) {
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
    package func text(of stream: UInt32) -> String { HTTP2Response(self, stream: stream).body }

    package func of(_ kind: Frame.Kind) -> [Frame] { filter { $0.kind == kind } }

    /// What the last GOAWAY says.
    package var goodbye: UInt32? { of(.goAway).last?.errorCode }
}

/// The reader is used by one test at a time, behind a lock.
private struct UncheckedReader: @unchecked Sendable {
    let reader = FrameReader()
}
