internal import NIOCore

/// How a fleet's publishers word their requests, and what the answers mean.
enum PublishRequests: Sendable {
    /// A gateway's `POST /v1/publish`.
    ///
    /// - Parameters:
    ///   - heads: what each request begins with.
    ///   - audiences: per lane, whom its events are for, as the value of `to`.
    case gateway(PublishHeads, audiences: [String])
    /// An event's data at its user's path.
    case peer(PeerPublishHeads)

    /// The head and the body of a request.
    ///
    /// - Parameters:
    ///   - batch: the events; of a peer's request the only one.
    ///   - payload: how many bytes of data an event has.
    func request(_ batch: PublishBatch, payload: Int) -> (head: ByteBuffer, body: ByteBuffer) {
        switch self {
        case .gateway(let heads, let audiences):
            let body = batch.body(audiences: audiences, payload: payload)
            return (heads.head(isBatch: batch.events.count > 1, byteCount: body.readableBytes), body)
        case .peer(let heads):
            var body = ByteBuffer()
            for event in batch.events { event.write(byteCount: payload, to: &body) }
            return (heads.head(user: batch.events[0].lane, byteCount: body.readableBytes), body)
        }
    }

    /// Per event, whether it was taken; `nil` when the answer does not say.
    func verdicts(_ batch: PublishBatch, status: Int, body: ByteBuffer) -> [Bool?] {
        switch self {
        case .gateway: batch.verdicts(status: status, body: body)
        case .peer: batch.verdicts(status: status)
        }
    }
}
