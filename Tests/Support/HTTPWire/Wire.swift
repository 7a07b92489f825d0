internal import EventLog
internal import NIOConcurrencyHelpers
package import NIOCore
package import NIOEmbedded
internal import NIOHTTP1

@testable package import HTTPServing

/// One HTTP/1.1 connection in memory: a client's bytes in, the gateway's bytes out, and time that passes when told to.
package struct Wire: ConnectionInMemory {
    package let channel: NIOAsyncTestingChannel
    package let front = FrontCounter()

    /// When the tests' answers are made.
    package static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
    package static let dateField = DateField { WallTime(milliseconds: 784_111_777_000) }

    /// What a connection is given when a test does not say.
    package static let times = ConnectionTimes(head: .seconds(10), body: .seconds(30), idle: .seconds(60))

    /// - Parameters:
    ///   - bell: says when a turn of the loop comes; without one each comes at once.
    ///   - hasSink: whether what stands for TLS takes writes past the pipeline, as the public listener's does.
    package init(
        _ judge: any RequestJudge, on loop: NIOAsyncTestingEventLoop = NIOAsyncTestingEventLoop(), peer: Peer = Peer(),
        headBytes: Int = 16 * 1024, account: ByteAccount = .unlimited, metrics: any HTTPMetrics = RefusalCounter(),
        bell: TurnBell? = nil, hasSink: Bool = true
    ) async throws {
        let front = front
        channel = try await NIOAsyncTestingChannel(loop: loop) { channel in
            let handler = front.handler()
            try channel.pipeline.syncOperations.addHandler(handler)
            try Self.addHandlers(
                to: channel.pipeline.syncOperations, judge, peer: peer, headBytes: headBytes, account: account,
                metrics: metrics, bell: bell, sink: hasSink ? handler : nil)
        }
        try await channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 40_000)).get()
        try await read()
    }

    /// The pipeline as the gateway's listeners have it behind TLS.
    package static func addHandlers(
        to pipeline: ChannelPipeline.SynchronousOperations, _ judge: any RequestJudge, peer: Peer, headBytes: Int,
        account: ByteAccount = .unlimited, metrics: any HTTPMetrics, bell: TurnBell? = nil,
        sink: (any WriteSink)? = nil
    ) throws {
        try HTTPPipeline(
            judge: judge, times: times, headBytes: headBytes, account: account, metrics: metrics, date: dateField
        ).addHTTP1(to: pipeline, peer: peer, behind: sink, turns: bell?.turns)
    }

    // MARK: The client's side

    /// One read of the socket.
    package func send(_ text: String) async throws { try await send(ByteBuffer(string: text)) }

    package func send(_ bytes: ByteBuffer) async throws { try await send([bytes]) }

    /// One read of the socket that brings several records of TLS.
    package func send(records: [String]) async throws { try await send(records.map { ByteBuffer(string: $0) }) }

    private func send(_ records: [ByteBuffer]) async throws {
        let channel = channel
        try await channel.testingEventLoop.executeInContext {
            guard channel.isActive else { return }
            for record in records { channel.pipeline.fireChannelRead(record) }
            channel.pipeline.fireChannelReadComplete()
        }
        await settle()
        try await read()
    }

    /// Sends byte by byte: a request must not depend on how it was cut.
    package func trickle(_ text: String) async throws {
        for byte in text.utf8 { try await send(ByteBuffer(bytes: [byte])) }
    }

    /// What has come out since the last call.
    package func received() async throws -> String {
        await settle()
        var text = ""
        while let bytes = try await channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    /// A request and what it is answered.
    package func exchange(_ text: String) async throws -> Response {
        try await send(text)
        return try Response(try await received())
    }

    // MARK: The socket's side

    /// Whether the connection is waiting for bytes: a socket that is not read does not learn that its client has left.
    package var isReading: Bool { front.reads.withLockedValue { $0 } > 0 }

    /// The names of the handlers that bytes pass through.
    package func handlers() async throws -> [String] {
        let (channel, front) = (channel, front)
        return try await channel.testingEventLoop.executeInContext {
            let pipeline = channel.pipeline.syncOperations
            var names: [String] = []
            if (try? pipeline.context(handlerType: ByteToMessageHandler<RequestDecoder>.self)) != nil {
                names.append("decoder")
            }
            if (try? pipeline.context(handlerType: HTTP1ConnectionHandler.self)) != nil { names.append("requests") }
            _ = front
            return names
        }
    }

    /// A socket asks for bytes again when it has delivered some.
    private func read() async throws {
        let (channel, front) = (channel, front)
        try await channel.testingEventLoop.executeInContext {
            guard channel.isActive else { return }
            front.reads.withLockedValue { $0 = 0 }
            channel.pipeline.read()
        }
        await settle()
    }
}
