// A channel handler that does TLS with OpenSSL. It moves buffers between the channel and a `TLSConnection`, and does
// what its state machine says. It decides nothing itself, and knows nothing of what the buffers hold.

public import NIOCore
internal import NIOTLS
internal import OpenSSLKit

/// A channel handler that does TLS, in the server's or the client's role.
///
/// Add it to the pipeline first. It fires `TLSUserEvent.handshakeCompleted` and `TLSUserEvent.shutdownCompleted`
/// (NIOTLS), and ``TLSError`` as its error. It makes as few TLS records as possible of the writes between two flushes.
/// Writes before the end of the handshake wait for it.
///
/// The handler can't be removed: the channel would go on in the clear.
public final class OpenSSLHandler: ChannelDuplexHandler {
    /// Ciphertext.
    public typealias InboundIn = ByteBuffer
    /// Plaintext.
    public typealias InboundOut = ByteBuffer
    /// Plaintext.
    public typealias OutboundIn = ByteBuffer
    /// Ciphertext.
    public typealias OutboundOut = ByteBuffer

    // What each write needs comes first, and stands together. With thousands of connections, each cache line of a
    // handler that an event touches comes from main memory.

    let scratch: OpenSSLScratch
    /// Set from the channel's activation to its end.
    var connection: TLSConnection?
    /// Set from the handshake's end on, if the channel has a socket.
    var socket: DirectSocket?
    var pending = PendingWrites()
    // What is smaller than a word stands together, here and further down: each word is one more for every connection.
    var state = StateMachine()
    var hasUnflushed = false
    /// Whether the channel was given ciphertext since its queue was last seen empty.
    var mayBeQueued = false
    var isEncrypting = false
    /// Whether the socket did not take everything the last time. Then the channel keeps what it is given, so it gets a
    /// copy of just the size instead of the shared scratch memory.
    var isStalled = false
    /// The last copy that a stalled socket was given, to see whether the channel still holds it.
    @Rare var givenCopy: ByteBuffer?

    /// Who takes the plaintext past the pipeline; nobody where the next handler does.
    var reader: (any PlaintextReader)?

    /// Set for longer than ``connection``: from when the handler is added until it is removed.
    var context: ChannelHandlerContext?
    let tlsContext: TLSContext
    let handshakeTimeout: TimeAmount
    let shutdownTimeout: TimeAmount
    /// Needed only until ``connection`` is set.
    var peerName: PeerName?
    /// The deadline of the handshake or of the shutdown. There are never both.
    @Rare var deadline: Scheduled<Void>?
    /// The handshake's place among those of the event loop, which have a deadline together.
    var handshakePlace: Int?
    let sendsDirectly: Bool
    let takesBareEnd: Bool
    var hasDelivered = false
    /// Whether the handshake waits for a turn.
    var isWaitingForTurn = false
    /// Whether the network's end of file came while the handshake waited.
    var hasEndedWaiting = false
    /// Whether to read as soon as the turn has come, or the peer reads again.
    var wantsRead = false
    var closePromise: EventLoopPromise<Void>?
    /// What has to live as long as the handler is in the pipeline, which is until the channel's end. It is not looked
    /// at: a place for it here costs less than a callback of that end.
    public var attachment: AnyObject?

    /// Makes a handler in the server's role.
    ///
    /// - Parameters:
    ///   - serverContext: A context made for a server.
    ///   - handshakeTimeout: How long the handshake may take from the channel's activation.
    ///   - shutdownTimeout: How long to wait for the peer's close_notify after ours. A peer that has not read all by
    ///     then has as much time again, each time that it reads 4 KiB of it.
    ///   - scratch: The event loop's working memory. Without it the handler has its own.
    ///   - sendsDirectly: Whether the handler writes ciphertext right into the channel's socket while the channel's
    ///     queue is empty, past the rest of the pipeline. Set it only when no handler before this one has to see the
    ///     ciphertext.
    ///   - takesBareEnd: Whether the network's end of file ends the peer's side as close_notify does, on a channel that
    ///     allows half-closure. Otherwise it is an error. Set it only for protocols whose messages say where they end,
    ///     as HTTP's requests do: there a truncated message is noticed (RFC 8446 §6.1, RFC 9112 §9.8).
    public init(
        serverContext: TLSContext, handshakeTimeout: TimeAmount = .seconds(10),
        shutdownTimeout: TimeAmount = .seconds(5), scratch: OpenSSLScratch = OpenSSLScratch(),
        sendsDirectly: Bool = false, takesBareEnd: Bool = false
    ) {
        precondition(serverContext.isServer, "a server's handler needs TLSContext(server:)")
        self.tlsContext = serverContext
        self.handshakeTimeout = handshakeTimeout
        self.shutdownTimeout = shutdownTimeout
        self.scratch = scratch
        self.sendsDirectly = sendsDirectly
        self.takesBareEnd = takesBareEnd
    }

    /// Makes a handler in the client's role.
    ///
    /// - Parameters:
    ///   - clientContext: A context made for a client.
    ///   - serverName: The host name or IP address that the server's certificate must be for. A host name is sent as
    ///     SNI.
    ///   - handshakeTimeout: How long the handshake may take from the channel's activation.
    ///   - shutdownTimeout: How long to wait for the peer's close_notify after ours. A peer that has not read all by
    ///     then has as much time again, each time that it reads 4 KiB of it.
    ///   - scratch: The event loop's working memory; without it the handler has its own.
    /// - Throws: ``TLSError`` when `serverName` is neither a host name nor an address.
    public init(
        clientContext: TLSContext, serverName: String, handshakeTimeout: TimeAmount = .seconds(10),
        shutdownTimeout: TimeAmount = .seconds(5), scratch: OpenSSLScratch = OpenSSLScratch()
    ) throws(TLSError) {
        precondition(!clientContext.isServer, "a client's handler needs TLSContext(client:)")
        self.tlsContext = clientContext
        self.peerName = try ServerName.parse(serverName)
        self.handshakeTimeout = handshakeTimeout
        self.shutdownTimeout = shutdownTimeout
        self.scratch = scratch
        self.sendsDirectly = false
        self.takesBareEnd = false
    }
}

@available(*, unavailable)
extension OpenSSLHandler: Sendable {}

/// The next handler of the pipeline, as long as it takes plaintext right from TLS, past its context.
package protocol PlaintextReader: AnyObject {
    /// What the pipeline's `channelRead` would bring.
    func take(_ plaintext: ByteBuffer)

    /// What the pipeline's `channelReadComplete` would say.
    func tookAll()
}

// MARK: - Facts

extension OpenSSLHandler {
    /// The version of TLS in use; `nil` before the end of the handshake and after the end of the connection.
    public var negotiatedVersion: TLSVersion? {
        facts.map { TLSVersion(number: UInt16(truncatingIfNeeded: $0.versionNumber)) }
    }

    /// The cipher suite in use, in OpenSSL's spelling.
    public var negotiatedCipherSuite: String? { facts?.cipherSuite }

    /// The application protocol that ALPN chose (RFC 7301).
    public var negotiatedProtocol: String? { facts?.applicationProtocol }

    /// Whether the handshake resumed an earlier session.
    public var wasResumed: Bool { facts?.wasResumed ?? false }

    /// The subject of the peer's certificate (RFC 4514), if it showed one.
    public var peerCertificateSubject: String? { facts?.peerCertificate?.subject }

    /// The DNS names and IP addresses that the peer's certificate is for (RFC 5280 §4.2.1.6); none if it showed none.
    public var peerCertificateHostNames: [String] { facts?.peerCertificate?.hostNames ?? [] }

    /// When the peer's certificate stops being valid, or one of its chain if that is earlier, in seconds since
    /// 1970-01-01T00:00:00Z. A connection may live longer: compare this with the time whenever you rely on the
    /// certificate.
    public var peerCertificateNotAfter: Int64? { facts?.peerCertificate?.notAfter }

    /// Whether the peer showed a certificate that verified.
    public var isPeerVerified: Bool { facts?.isPeerVerified ?? false }

    private var facts: TLSFacts? { connection.flatMap { $0.facts.versionNumber == 0 ? nil : $0.facts } }
}
