internal import GatewayClient
internal import NIOCore
internal import NIOHTTP1

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
