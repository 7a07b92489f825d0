package import NIOHTTP1

/// The request heads that this client sends (RFC 9112 §3).
package enum GatewayRequest {
    /// The head of `GET /v1/stream`.
    ///
    /// - Parameters:
    ///   - url: the gateway.
    ///   - token: the credential.
    ///   - topics: the topics beside the user's own events.
    ///   - lastEventID: where to continue; empty for "from now on".
    package static func stream(
        at url: GatewayURL, token: BearerToken, topics: [String], lastEventID: String
    ) -> HTTPRequestHead {
        let target = url.target("/v1/stream", query: topics.map { ("topic", $0) })
        return stream(request(.GET, target, at: url, token: token), lastEventID)
    }

    /// The head of a request for an event stream of a server that asks for no token.
    ///
    /// - Parameters:
    ///   - url: the server.
    ///   - target: the stream's path.
    ///   - lastEventID: where to continue; empty for "from now on".
    package static func stream(at url: GatewayURL, target: String, _ lastEventID: String) -> HTTPRequestHead {
        stream(request(.GET, target, at: url, token: nil), lastEventID)
    }

    private static func stream(_ head: HTTPRequestHead, _ lastEventID: String) -> HTTPRequestHead {
        var head = head
        head.headers.add(name: "Accept", value: "text/event-stream")
        head.headers.add(name: "Cache-Control", value: "no-store")
        if !lastEventID.isEmpty { head.headers.add(name: "Last-Event-ID", value: lastEventID) }
        return head
    }

    /// The head of `POST /v1/publish`.
    ///
    /// - Parameters:
    ///   - url: the gateway.
    ///   - token: the credential.
    ///   - mediaType: the body's media type.
    ///   - byteCount: the body's length.
    ///   - key: the `Idempotency-Key`, which tells a repeat of this request from another request.
    static func publish(
        at url: GatewayURL, token: BearerToken, mediaType: String, byteCount: Int, key: String
    ) -> HTTPRequestHead {
        var head = request(.POST, url.target("/v1/publish"), at: url, token: token)
        head.headers.add(name: "Content-Type", value: mediaType)
        head.headers.add(name: "Content-Length", value: String(byteCount))
        head.headers.add(name: "Idempotency-Key", value: key)
        head.headers.add(name: "Accept", value: "\(mediaType), application/problem+json")
        return head
    }

    /// The head of a request to look at users, or to act on them.
    ///
    /// - Parameters:
    ///   - target: path and query, as ``GatewayURL/target(_:query:)`` makes it.
    ///   - byteCount: the length of its JSON; nothing for a request without a body.
    static func administer(
        _ method: HTTPMethod, _ target: String, at url: GatewayURL, token: BearerToken, byteCount: Int?
    ) -> HTTPRequestHead {
        var head = request(method, target, at: url, token: token)
        if let byteCount {
            head.headers.add(name: "Content-Type", value: "application/json")
            head.headers.add(name: "Content-Length", value: String(byteCount))
        }
        head.headers.add(name: "Accept", value: "application/json, application/problem+json")
        return head
    }

    private static func request(
        _ method: HTTPMethod, _ target: String, at url: GatewayURL, token: BearerToken?
    ) -> HTTPRequestHead {
        var headers: HTTPHeaders = ["Host": url.authority]
        if let token { headers.add(name: "Authorization", value: token.headerValue) }
        headers.add(name: "User-Agent", value: "sluice")
        return HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: headers)
    }
}
