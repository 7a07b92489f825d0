internal import NIOCore
internal import NIOHTTP1

/// Reads the beginning of a response, and the whole of one that is no stream.
enum ResponseReader {
    /// A refusal's body beyond this is not read.
    private static let maximumProblemBytes = 16 << 10

    /// Reads up to the stream's first byte.
    ///
    /// - Parameter parts: a response that nothing was read from.
    /// - Returns: what to do about it; `open` leaves the body in `parts`.
    /// - Throws: what the connection threw.
    static func verdict(on parts: inout ResponseParts.AsyncIterator) async throws -> ResponseVerdict {
        guard case .head(let head) = try await parts.next() else {
            throw GatewayClientError(code: .connectionClosed, message: "the gateway closed before it answered")
        }
        let status = Int(head.status.code)
        let contentType = head.headers.first(name: "Content-Type")
        let problem = status >= 400 ? ProblemDetail(json: try await body(of: &parts)) : nil
        return ResponseVerdict(
            status: status, contentType: contentType, problem: problem, retryAfter: RetryAfter.wait(in: head.headers))
    }

    private static func body(of parts: inout ResponseParts.AsyncIterator) async throws -> ByteBuffer {
        var body = ByteBuffer()
        while case .body(let bytes) = try await parts.next() {
            guard body.readableBytes + bytes.readableBytes <= maximumProblemBytes else { return ByteBuffer() }
            body.writeImmutableBuffer(bytes)
        }
        return body
    }
}

/// A response's parts on their way from the event loop to the one task that reads them: at most a few, and the socket
/// is not read while they wait.
typealias ResponseParts = NIOThrowingAsyncSequenceProducer<
    HTTPClientResponsePart, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, ResponseDemand
>

/// Tells the event loop what the reader wants: more, or nothing more.
struct ResponseDemand: NIOAsyncSequenceProducerDelegate {
    /// Fired into the pipeline when the reader has room again.
    struct WantsMore: Sendable {}

    let channel: any Channel

    func produceMore() {
        channel.pipeline.fireUserInboundEventTriggered(WantsMore())
    }

    func didTerminate() {
        channel.close(promise: nil)
    }
}

extension ResponseParts {
    /// A part is at most one read of the socket, so eight of them bound the bytes too.
    static func make(for channel: any Channel) -> NewSequence {
        makeSequence(
            elementType: HTTPClientResponsePart.self,
            backPressureStrategy: .init(lowWatermark: 2, highWatermark: 8),
            finishOnDeinit: true, delegate: ResponseDemand(channel: channel))
    }
}
