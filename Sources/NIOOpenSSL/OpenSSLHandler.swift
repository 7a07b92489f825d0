// The channel events layer: a channel handler that does TLS with OpenSSL. It moves buffers between the channel and a
// `TLSConnection`, and does what its state machine says; it decides nothing itself. It knows nothing of what is sent.

public import NIOCore
internal import NIOTLS
internal import OpenSSLKit

/// A channel handler that does TLS, in the server's or the client's role.
///
/// Add it first. It fires `TLSUserEvent.handshakeCompleted` and `TLSUserEvent.shutdownCompleted` (NIOTLS), and its errors
/// are ``TLSError``s. Writes between two flushes become as few TLS records as possible. What is written before the
/// handshake is complete waits for it.
///
/// The handler cannot be removed: what came after would travel in the clear.
public final class OpenSSLHandler: ChannelDuplexHandler {
    /// Ciphertext.
    public typealias InboundIn = ByteBuffer
    /// Plaintext.
    public typealias InboundOut = ByteBuffer
    /// Plaintext.
    public typealias OutboundIn = ByteBuffer
    /// Ciphertext.
    public typealias OutboundOut = ByteBuffer

    // What each write needs stands together, and first: with thousands of connections, each cache line of a handler that an
    // event has to touch is fetched from far away.

    let scratch: OpenSSLScratch
    /// There from the channel's activation to its end.
    var connection: TLSConnection?
    /// From the handshake's end on, if the channel has one.
    var socket: DirectSocket?
    var pending = PendingWrites()
    var state = StateMachine()
    var hasUnflushed = false
    /// Whether the channel was given ciphertext since its queue was last seen empty.
    var mayBeQueued = false
    var isEncrypting = false
    /// Whether the socket did not take everything the last time: then it keeps what it is given, and is given buffers of
    /// just the size, not the shared scratch memory.
    var isStalled = false
    /// What such a socket was last given, to see whether it has let go.
    var givenCopy: ByteBuffer?

    var hasDelivered = false
    /// Whether its handshake waits for a turn.
    var isWaitingForTurn = false
    /// Whether the network's end of file came meanwhile.
    var hasEndedWaiting = false
    /// Whether somebody wants to read as soon as that has come, or the peer takes again what it is sent.
    var wantsRead = false

    /// There for longer than ``connection``: from when the handler is added until it is removed.
    var context: ChannelHandlerContext?
    let tlsContext: TLSContext
    let handshakeTimeout: TimeAmount
    let shutdownTimeout: TimeAmount
    let sendsDirectly: Bool
    let takesBareEnd: Bool
    /// Needed only until there is a connection.
    var peerName: PeerName?
    /// Of the handshake or of the shutdown; never both.
    var deadline: Scheduled<Void>?
    var closePromise: EventLoopPromise<Void>?

    /// Makes a handler in the server's role.
    ///
    /// - Parameters:
    ///   - serverContext: A context made for a server.
    ///   - handshakeTimeout: How long the handshake may take from the channel's activation.
    ///   - shutdownTimeout: How long to wait for the peer's close_notify after ours.
    ///   - scratch: The event loop's working memory; without it the handler has its own.
    ///   - sendsDirectly: Whether ciphertext goes right into the channel's socket while nothing waits before it, instead of
    ///     through the rest of the pipeline. Only where no handler before this one has to see it.
    ///   - takesBareEnd: Whether the network's end of file is taken for the end of what the peer has to say, as close_notify
    ///     is, where the channel allows half-closure. Only for protocols whose messages say where they end, as HTTP's requests
    ///     do: there a truncated message is noticed (RFC 8446 §6.1, RFC 9112 §9.8). Otherwise it is an error.
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
    ///   - serverName: The host name or IP address that the server's certificate must be for. A host name is sent as SNI.
    ///   - handshakeTimeout: How long the handshake may take from the channel's activation.
    ///   - shutdownTimeout: How long to wait for the peer's close_notify after ours.
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

// MARK: - Facts

extension OpenSSLHandler {
    /// The version of TLS in use; `nil` before the handshake is complete and after the end.
    public var negotiatedVersion: TLSVersion? {
        facts.map { TLSVersion(number: UInt16(truncatingIfNeeded: $0.versionNumber)) }
    }

    /// The cipher suite in use, in OpenSSL's spelling.
    public var negotiatedCipherSuite: String? { facts?.cipherSuite }

    /// The application protocol chosen by ALPN (RFC 7301).
    public var negotiatedProtocol: String? { facts?.applicationProtocol }

    /// Whether an earlier session was resumed.
    public var wasResumed: Bool { facts?.wasResumed ?? false }

    /// The subject of the peer's certificate (RFC 4514), if it showed one.
    public var peerCertificateSubject: String? { facts?.peerCertificate?.subject }

    /// The DNS names and IP addresses that the peer's certificate is for (RFC 5280 §4.2.1.6); none if it showed none.
    public var peerCertificateHostNames: [String] { facts?.peerCertificate?.hostNames ?? [] }

    /// The end of the validity of the peer's certificate and of its chain, up to what is trusted, whichever comes first, in
    /// seconds since 1970-01-01T00:00:00Z. A connection may live longer: who relies on the certificate compares.
    public var peerCertificateNotAfter: Int64? { facts?.peerCertificate?.notAfter }

    /// Whether the peer showed a certificate that verified.
    public var isPeerVerified: Bool { facts?.isPeerVerified ?? false }

    private var facts: TLSFacts? { connection.flatMap { $0.facts.versionNumber == 0 ? nil : $0.facts } }
}
