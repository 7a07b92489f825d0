internal import GatewayClient
internal import NIOCore
internal import NIOHTTP1

/// How a fleet's publishers word their requests, and what the answers mean.
enum PublishRequests: Sendable {
    /// A gateway's `POST /v1/publish`.
    ///
    /// - Parameters:
    ///   - heads: the heads of the requests.
    ///   - audiences: per lane, whom its events are for, as the value of `to`.
    case gateway(PublishHeads, audiences: [String])
    /// A POST of an event's data to its user's path.
    case peer(PeerPublishHeads)

    /// The head and the body of a request.
    ///
    /// - Parameters:
    ///   - batch: the events; only one for a peer.
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

    /// For each event whether it was taken; `nil` when the answer does not say.
    func verdicts(_ batch: PublishBatch, status: Int, body: ByteBuffer) -> [Bool?] {
        switch self {
        case .gateway: batch.verdicts(status: status, body: body)
        case .peer: batch.verdicts(status: status)
        }
    }
}

/// The heads of publish requests, made once but for their length. They have no `Idempotency-Key`: a fleet repeats
/// nothing.
struct PublishHeads: Sendable {
    private let single: ByteBuffer
    private let batch: ByteBuffer

    init(url: GatewayURL, token: BearerToken) {
        single = Self.beginning("application/json", url, token)
        batch = Self.beginning("application/x-ndjson", url, token)
    }

    /// The head of a request.
    ///
    /// - Parameters:
    ///   - isBatch: whether the body is NDJSON.
    ///   - byteCount: the body's length.
    func head(isBatch: Bool, byteCount: Int) -> ByteBuffer {
        var head = isBatch ? batch : single
        head.writeString("Content-Length: \(byteCount)\r\n\r\n")
        return head
    }

    private static func beginning(_ mediaType: String, _ url: GatewayURL, _ token: BearerToken) -> ByteBuffer {
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: url.target("/v1/publish"),
            headers: [
                "Host": url.authority, "Authorization": token.headerValue, "User-Agent": "sluice",
                "Content-Type": mediaType,
            ])
        return RawRequest.beginning(of: head)
    }
}

/// The heads of publish requests to a peer, made once but for the user's number and the length.
struct PeerPublishHeads: Sendable {
    private let beginning: ByteBuffer
    private let rest: ByteBuffer
    private let namesUser: Bool

    init(_ peer: FleetPeer) {
        beginning = ByteBuffer(string: "POST \(peer.publishPath.beforeUser)")
        rest = ByteBuffer(
            string: "\(peer.publishPath.afterUser ?? "") HTTP/1.1\r\nHost: \(peer.publishURL.authority)\r\n"
                + "User-Agent: sluice\r\nContent-Type: text/plain\r\nContent-Length: ")
        namesUser = peer.publishPath.namesUser
    }

    /// The head of a request.
    ///
    /// - Parameters:
    ///   - user: whom the event is for; nil when there is one path for everyone.
    ///   - byteCount: the body's length.
    func head(user: Int, byteCount: Int) -> ByteBuffer {
        var head = beginning
        if namesUser { head.writeString(String(user)) }
        head.writeImmutableBuffer(rest)
        head.writeString("\(byteCount)\r\n\r\n")
        return head
    }
}
