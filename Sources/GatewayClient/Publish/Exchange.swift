internal import NIOCore
internal import NIOHTTP1

/// One request, and how long its answer may take.
struct ExchangeRequest: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    /// From the write to the answer's last byte.
    let timeout: TimeAmount
}

/// A complete response.
struct ExchangeAnswer: Sendable {
    let status: Int
    let contentType: String?
    /// How long it asks to wait; zero when it does not say.
    let retryAfter: Duration
    let body: ByteBuffer
    /// Whether the connection can take another request (RFC 9112 §9.3).
    let keepsConnection: Bool
}

/// A connection whose pipeline ends with an `ExchangeHandler`, for use from any thread.
struct ExchangeConnection: Sendable {
    let channel: any Channel
    private let handler: NIOLoopBound<ExchangeHandler>

    /// Adds the handler. Call on the channel's event loop.
    init(channel: any Channel, url: GatewayURL) throws {
        let handler = ExchangeHandler(url: url)
        try channel.pipeline.syncOperations.addHandler(handler)
        self.channel = channel
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    }

    /// Sends a request and waits for its answer.
    func perform(_ request: ExchangeRequest) async throws -> ExchangeAnswer {
        let handler = handler
        let answer = channel.eventLoop.makePromise(of: ExchangeAnswer.self)
        channel.eventLoop.execute { handler.value.perform(request, answer: answer) }
        return try await answer.futureResult.get()
    }
}
