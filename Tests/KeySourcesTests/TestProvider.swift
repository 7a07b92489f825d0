import Foundation
import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOPosix
import OpenSSLCommand
import Synchronization

@testable import KeySources

/// A certificate that vouches for itself, made by the `openssl` command in a folder of its own. No key is in the tree.
struct TestCertificate: Sendable {
    let folder: URL
    var certificate: String { folder.appendingPathComponent("cert.pem").path }
    private var key: String { folder.appendingPathComponent("cert.key").path }

    /// - Parameter isExpired: whether its time is over.
    init(names: String, isExpired: Bool = false) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("key-sources-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let request = folder.appendingPathComponent("request.pem").path
        let configuration = folder.appendingPathComponent("ca.cnf").path
        let text = """
            [ca]
            default_ca = test
            [test]
            database = \(folder.path)/database
            new_certs_dir = \(folder.path)
            default_md = sha256
            policy = any
            rand_serial = yes
            x509_extensions = extensions
            [any]
            commonName = supplied
            [extensions]
            subjectAltName = \(names)
            basicConstraints = critical, CA:true
            """
        try text.write(toFile: configuration, atomically: true, encoding: .utf8)
        try "".write(toFile: folder.path + "/database", atomically: true, encoding: .utf8)
        try OpenSSLCommand.run([
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Provider",
            "-keyout", key, "-out", request,
        ])
        let times = isExpired ? ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"] : ["-days", "2"]
        try OpenSSLCommand.run(
            [
                "ca", "-batch", "-selfsign", "-notext", "-config", configuration, "-keyfile", key, "-in", request,
                "-out", certificate,
            ] + times)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    var trust: TLSTrustRoots { .file(certificate) }

    fileprivate func context() throws -> TLSContext {
        var configuration = TLSServerConfiguration(
            identities: [try TLSIdentity(certificateChainFile: certificate, privateKeyFile: key)])
        configuration.applicationProtocols = ["http/1.1"]
        return try TLSContext(server: configuration)
    }
}

/// An HTTPS server on loopback that answers what the test says.
final class TestProvider: Sendable {
    /// What it does with one request.
    enum Reply: Sendable {
        /// The whole response, as it goes over the wire.
        case text(String)
        /// Nothing, for ever.
        case silence
        /// A head, and then a byte for ever.
        case trickle
        /// The end of the connection.
        case cut

        static func ok(_ body: String, _ fields: String = "") -> Reply {
            .text("HTTP/1.1 200 OK\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }

        static func redirect(_ location: String, _ status: Int = 302) -> Reply {
            .text("HTTP/1.1 \(status) Found\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n")
        }
    }

    private let channel: any Channel
    private let script: Shared<[String: Reply]>
    private let seen = Shared<[HTTPRequestHead]>([])

    /// - Parameter script: the replies by target; others get 404.
    init(_ certificate: TestCertificate, host: String = "127.0.0.1", _ script: [String: Reply] = [:]) async throws {
        let (script, seen) = (Shared(script), seen)
        self.script = script
        let context = try certificate.context()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(OpenSSLHandler(serverContext: context))
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try pipeline.addHandler(Answering(script, seen))
                }
            }
            .bind(host: host, port: 0).get()
    }

    /// What the server's handlers and the test both hold.
    final class Shared<Value: Sendable>: Sendable {
        let value: Mutex<Value>
        init(_ value: Value) { self.value = Mutex(value) }
    }

    var port: Int { channel.localAddress?.port ?? 0 }

    /// What was asked for.
    var requests: [HTTPRequestHead] { seen.value.withLock { $0 } }

    /// Answers otherwise from here on.
    func says(_ reply: Reply, to target: String) { script.value.withLock { $0[target] = reply } }

    func url(_ target: String, host: String = "127.0.0.1") throws -> SecureURL {
        try SecureURL("https://\(host):\(port)\(target)")
    }

    func close() async { try? await channel.close() }
}

private final class Answering: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let script: TestProvider.Shared<[String: TestProvider.Reply]>
    private let seen: TestProvider.Shared<[HTTPRequestHead]>
    private var ticking: RepeatedTask?

    init(_ script: TestProvider.Shared<[String: TestProvider.Reply]>, _ seen: TestProvider.Shared<[HTTPRequestHead]>) {
        (self.script, self.seen) = (script, seen)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        seen.value.withLock { $0.append(head) }
        switch script.value.withLock({ $0[head.uri] }) ?? .text("HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n") {
        case .text(let text): write(text, context)
        case .silence: break
        case .cut: context.close(promise: nil)
        case .trickle:
            write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", context)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            ticking = context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { _ in
                bound.value.0.write(" ", bound.value.1)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        ticking?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }
}
