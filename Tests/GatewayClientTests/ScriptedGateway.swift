import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

@testable import GatewayClient

/// A server on 127.0.0.1 that answers each request with the next line of its script, and remembers what it was asked.
final class ScriptedGateway: Sendable {
    struct Answer: Sendable {
        enum Ending: Sendable {
            /// A complete response on a connection that stays.
            case complete
            /// The connection is cut in the middle of the response.
            case cut
            /// The response goes on without another byte.
            case open
            /// The connection is closed without any answer.
            case none
        }

        var status = HTTPResponseStatus.ok
        var headers: HTTPHeaders = ["Content-Type": "text/event-stream"]
        var body = ""
        var ending = Ending.complete
    }

    struct Request: Sendable {
        let head: HTTPRequestHead
        let body: String
        /// Counts connections from 1.
        let connection: Int
    }

    struct Memory: Sendable {
        var script: [Answer]
        var requests: [Request] = []
        var connections = 0
    }

    let url: GatewayURL
    private let listener: any Channel
    private let memory: NIOLockedValueBox<Memory>

    var requests: [Request] { memory.withLockedValue { $0.requests } }

    init(
        script: [Answer], host: String = "127.0.0.1",
        addSecurity: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws {
        let memory = NIOLockedValueBox(Memory(script: script))
        self.memory = memory
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try addSecurity(channel)
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ScriptedHandler(memory: memory))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        url = try GatewayURL("https://\(host):\(listener.localAddress?.port ?? 0)")
    }

    /// A connector without TLS, to this server.
    var plainConnector: GatewayConnector {
        GatewayConnector(url: url, group: MultiThreadedEventLoopGroup.singleton) { _ in }
    }

    func close() async throws {
        try await listener.close()
    }
}

private final class ScriptedHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let memory: NIOLockedValueBox<ScriptedGateway.Memory>
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var number = 0

    init(memory: NIOLockedValueBox<ScriptedGateway.Memory>) {
        self.memory = memory
    }

    func channelActive(context: ChannelHandlerContext) {
        number = memory.withLockedValue { memory in
            memory.connections += 1
            return memory.connections
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let bytes): body.writeImmutableBuffer(bytes)
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let head else { return }
        let request = ScriptedGateway.Request(head: head, body: String(buffer: body), connection: number)
        body.clear()
        let answer = memory.withLockedValue { memory -> ScriptedGateway.Answer? in
            memory.requests.append(request)
            return memory.script.isEmpty ? nil : memory.script.removeFirst()
        }
        guard let answer, answer.ending != .none else { return context.close(promise: nil) }
        write(answer, context)
    }

    private func write(_ answer: ScriptedGateway.Answer, _ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: answer.headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
        switch answer.ending {
        case .complete: context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .cut:
            context.flush()
            context.close(promise: nil)
        case .open, .none: context.flush()
        }
    }
}
