internal import NIOCore
internal import NIOHTTP1

/// The heads of publish requests, made once but for their length.
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
        var head = GatewayRequest.publish(at: url, token: token, mediaType: mediaType, byteCount: 0)
        head.headers.remove(name: "Content-Length")
        return RawRequest.beginning(of: head)
    }
}
