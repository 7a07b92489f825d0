// One GET over one connection: sends it, and collects what comes back within a size.

internal import NIOCore
internal import NIOHTTP1
internal import PeerText

/// What a server replied.
enum FetchReply: Sendable, Equatable {
    case document(FetchedDocument)
    /// The value of `Location`.
    case redirect(String)
}

/// Carries out one exchange. The promise may be kept by somebody else first: time is not its matter.
final class FetchHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let url: SecureURL
    private let promise: EventLoopPromise<FetchReply>
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    init(_ url: SecureURL, _ promise: EventLoopPromise<FetchReply>) {
        self.url = url
        self.promise = promise
    }

    /// HTTP/1.1 for a client, with bounded heads.
    static func addHTTP(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 << 10
        limits.maxHeaderListSize = 64 << 10
        let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        try pipeline.addHandlers([HTTPRequestEncoder(), ByteToMessageHandler(decoder)])
    }

    func channelActive(context: ChannelHandlerContext) {
        let headers: HTTPHeaders = [
            "Host": url.authority, "Accept": "application/jwk-set+json, application/json", "User-Agent": "sluice",
            // A compressed answer would be bounded before it is unpacked, and not behind that.
            "Accept-Encoding": "identity", "Connection": "close",
        ]
        let request = HTTPRequestHead(version: .http1_1, method: .GET, uri: url.target, headers: headers)
        context.write(wrapOutboundOut(.head(request)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(FetchError) {
            switch unwrapInboundIn(data) {
            case .head(let head): try receive(head)
            case .body(let bytes): try receive(bytes)
            case .end: finish()
            }
        } catch {
            promise.fail(error)
            context.close(promise: nil)
        }
    }

    private func receive(_ head: HTTPResponseHead) throws(FetchError) {
        self.head = head
        switch head.status.code {
        case 200: break
        case 301, 302, 303, 307, 308:
            guard let location = head.headers.first(name: "Location") else {
                throw FetchError(.redirect, "\(url) redirects and does not say where to")
            }
            return promise.succeed(.redirect(location))
        default: throw FetchError(.status, "\(url) answers with status \(head.status.code)")
        }
        guard head.headers["Content-Encoding"].allSatisfy({ $0.bytes.trimmed.equalsIgnoringCase("identity") }) else {
            throw FetchError(.malformed, "\(url) answers in a Content-Encoding that was not asked for")
        }
        let length = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
        guard length <= FetchRules.documentBytes else { throw tooLarge }
    }

    private func receive(_ bytes: ByteBuffer) throws(FetchError) {
        guard body.count + bytes.readableBytes <= FetchRules.documentBytes else { throw tooLarge }
        body.append(contentsOf: bytes.readableBytesView)
    }

    private func finish() {
        guard let headers = head?.headers else { return }
        let maxAge = CacheControl.maxAge(headers["Cache-Control"], age: headers.first(name: "Age"))
        promise.succeed(.document(FetchedDocument(bytes: body, maxAge: maxAge)))
    }

    private var tooLarge: FetchError {
        FetchError(.tooLarge, "\(url) answers with more than \(FetchRules.documentBytes) bytes")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(FetchError(error, at: url))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(FetchError(.network, "\(url.authority) closed the connection before it answered"))
        context.fireChannelInactive()
    }
}
