// A client that can do what ours can't: OpenSSL's SSL itself, for the messages that only somebody else would send.

import COpenSSL
import NIOCore
import NIOEmbedded

@testable import NIOOpenSSL

/// An OpenSSL client in memory. It trusts every server.
final class RawClient {
    let ssl: OpaquePointer
    private let context: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    struct Failure: Error {}

    /// - Parameters:
    ///   - version: the one to speak.
    ///   - session: one to resume.
    ///   - configure: given the `SSL_CTX` before there is an `SSL`.
    init(
        version: CInt = TLS1_3_VERSION, resuming session: OpaquePointer? = nil,
        configure: (OpaquePointer) -> Void = { _ in }
    ) throws {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw Failure() }
        self.context = context
        _ = sluice_SSL_CTX_set_min_proto_version(context, version)
        _ = sluice_SSL_CTX_set_max_proto_version(context, version)
        configure(context)
        guard let ssl = SSL_new(context), let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem())
        else { throw Failure() }
        (self.ssl, self.incoming, self.outgoing) = (ssl, incoming, outgoing)
        SSL_set_bio(ssl, incoming, outgoing)
        SSL_set_connect_state(ssl)
        if let session { SSL_set_session(ssl, session) }
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
    }

    // MARK: Bytes

    /// What it has to send.
    func takeBytes() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(outgoing))
        guard !bytes.isEmpty else { return [] }
        let count = BIO_read(outgoing, &bytes, CInt(bytes.count))
        return Array(bytes.prefix(Int(max(0, count))))
    }

    func deliver(_ bytes: [UInt8]) { _ = BIO_write(incoming, bytes, CInt(bytes.count)) }

    // MARK: Verbs

    /// Shakes hands with a server's end of a ``Wire``, and takes its tickets.
    func connect(to server: End) throws {
        if !server.channel.isActive { try server.connect() }
        for _ in 0..<4 {
            SSL_do_handshake(ssl)
            server.deliver(takeBytes())
            deliver(server.takeBytes())
        }
        guard SSL_is_init_finished(ssl) == 1 else { throw Failure() }
        _ = read()
    }

    func write(_ text: String) { _ = SSL_write(ssl, text, CInt(text.utf8.count)) }

    /// What it has received.
    func read() -> String {
        var text = ""
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while case let count = SSL_read(ssl, &bytes, CInt(bytes.count)), count > 0 {
            text += String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
        }
        return text
    }

    /// Changes its key and asks for the server's next (RFC 8446 §4.6.3).
    func updateKeys() {
        SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED)
        SSL_do_handshake(ssl)
    }

    /// Says close_notify.
    func shutDown() { SSL_shutdown(ssl) }

    /// The session as it is now: to be freed.
    func session() -> OpaquePointer? { SSL_get1_session(ssl) }

    var wasResumed: Bool { SSL_session_reused(ssl) == 1 }
}

extension End {
    /// A server's end alone.
    static func server(
        scratch: OpenSSLScratch = OpenSSLScratch(), takesBareEnd: Bool = false,
        _ change: (inout TLSServerConfiguration) -> Void = { _ in }
    ) throws -> End {
        let handler = OpenSSLHandler(
            serverContext: try Contexts.make(server: change).server, scratch: scratch, takesBareEnd: takesBareEnd)
        return try End(handler, loop: EmbeddedEventLoop())
    }
}
