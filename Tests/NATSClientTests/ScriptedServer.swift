// A server in memory: a test writes what it says, and reads what the client has sent. No sockets, and time passes only
// when the test says so.

import NIOCore
import NIOEmbedded
import Testing

@testable import NATSClient

/// A client in memory, and the connections that it has opened.
final class ScriptedServer {
    let loop = EmbeddedEventLoop()
    let core: ClientCore
    private let network: Network

    /// What the network of a test does, and what it has seen. Everything is on one thread, which the compiler can't
    /// know.
    final class Network: @unchecked Sendable {
        var channels: [EmbeddedChannel] = []
        var addresses: [ServerAddress] = []
        var refuses = false
        var events: [NATSEvent] = []
        var seed = SeedCounter()
    }

    struct SeedCounter {
        private var state: UInt64 = 1

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
    }

    struct Unreachable: Error {}

    init(servers: [String] = ["a"], _ change: (inout NATSConfiguration) -> Void = { _ in }) throws {
        let network = Network()
        self.network = network
        var configuration = NATSConfiguration(
            servers: try servers.map { url throws(NATSError) in try ServerAddress(url) })
        // A test that cuts a connection is seldom about how long it lasted.
        configuration.reconnect.steadyTime = .zero
        change(&configuration)
        let hands = NATSHands(
            connect: { address, loop, _, configure in
                network.addresses.append(address)
                guard !network.refuses, let loop = loop as? EmbeddedEventLoop else {
                    return loop.makeFailedFuture(Unreachable())
                }
                let channel = EmbeddedChannel(loop: loop)
                network.channels.append(channel)
                return loop.makeCompletedFuture {
                    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 4222)).wait()
                    try configure(channel)
                    return channel
                }
            },
            random: { network.seed.next() }, report: { network.events.append($0) })
        core = ClientCore(configuration, hands, on: loop)
    }

    deinit { core.close() }

    var events: [NATSEvent] { network.events }
    /// To whom connections were tried, in order.
    var tried: [String] { network.addresses.map(\.host) }
    var refuses: Bool {
        get { network.refuses }
        set { network.refuses = newValue }
    }

    /// The newest connection.
    func channel() throws -> EmbeddedChannel { try #require(network.channels.last) }

    /// What the client has sent since the last look.
    func sent() throws -> String {
        loop.run()
        var text = ""
        while let bytes = try channel().readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    /// Says something to the client.
    func say(_ text: String) throws {
        try channel().writeInbound(ByteBuffer(string: text))
        loop.run()
    }

    static let info = "INFO {\"server_id\":\"N\",\"headers\":true,\"max_payload\":1000}\r\n"

    /// Begins, and lets the client in.
    func start(info: String = ScriptedServer.info) throws -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        core.start(promise)
        try logIn(info: info)
        return promise.futureResult
    }

    /// Lets the client in on the newest connection.
    @discardableResult
    func logIn(info: String = ScriptedServer.info) throws -> String {
        loop.run()
        try say(info)
        let login = try sent()
        try say("PONG\r\n")
        return login
    }

    /// Whether a connection is open.
    var isConnected: Bool { network.channels.last?.isActive ?? false }

    /// The connection is cut.
    func cut() throws {
        try channel().close().wait()
        loop.run()
    }

    // MARK: Asking

    func publish(_ text: String, to subject: String = "s") throws -> Outcome<Void> {
        let promise = loop.makePromise(of: Void.self)
        core.publish(Publication(ByteBuffer(string: text), to: try Subject(subject))) {
            promise.completeWith($0.mapError { $0 as any Error })
        }
        return Outcome(promise.futureResult)
    }

    func request(_ text: String, timeout: TimeAmount = .seconds(5)) throws -> Outcome<Message> {
        let promise = loop.makePromise(of: Message.self)
        core.request(Publication(ByteBuffer(string: text), to: try Subject("s")), timeout: timeout) {
            promise.completeWith($0.mapError { $0 as any Error })
        }
        return Outcome(promise.futureResult)
    }

    func flush() -> Outcome<Void> {
        let promise = loop.makePromise(of: Void.self)
        core.flush(promise)
        return Outcome(promise.futureResult)
    }
}

/// What became of something, as far as it is known.
final class Outcome<Value: Sendable> {
    private(set) var result: Result<Value, any Error>?

    init(_ future: EventLoopFuture<Value>) {
        future.assumeIsolated().whenComplete { self.result = $0 }
    }

    var isOpen: Bool { result == nil }
    var isSuccess: Bool { (try? result?.get()) != nil }
    var code: NATSError.Code? {
        if case .failure(let error)? = result { (error as? NATSError)?.code } else { nil }
    }
}
