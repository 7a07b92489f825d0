internal import NIOCore
internal import NIOHTTP1

/// A response's parts on their way from the event loop to the one task that reads them: at most a few, and the socket
/// is not read while they wait.
typealias ResponseParts = NIOThrowingAsyncSequenceProducer<
    HTTPClientResponsePart, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, ResponseDemand
>

/// Carries the reader's wishes to the event loop: more, or nothing any more.
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
