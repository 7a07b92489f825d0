// What a connection to a server does next: INFO, TLS, CONNECT, PING and PONG, complaints, the end. A value: bytes and
// clocks are somebody else's, and each event returns what to do.

package import NIOCore

/// What a connection is held to.
package struct ConnectionRules: Sendable, Equatable {
    /// How long a server may take from the connection's opening until it has let the client in.
    package var loginTime = TimeAmount.seconds(5)
    /// How often the server is asked whether it is there.
    package var pingInterval = TimeAmount.seconds(5)
    /// How many such questions may be without an answer when the next one is due.
    var outstandingPings = 2
    /// What the client shows of itself in the server's lists.
    package var name = "sluice"
    /// Whether TLS begins before the server's first line. A server has to be configured for it (`handshake_first`,
    /// since 2.10.4), and nobody on the way reads or changes that line then.
    package var isTLSFirst = false

    package init() {}
}

/// One connection, from its opening to its end.
struct ConnectionState: Sendable {
    private enum Phase: Equatable {
        /// Nothing has been opened.
        case idle
        /// TLS is being set up; behind it comes `INFO`, or, when that has come, `CONNECT`.
        case securing(ServerInfo?)
        case awaitingInfo
        /// `CONNECT` and a `PING` are sent: the `PONG` says that the client is let in.
        case loggingIn
        case ready
        case ended
    }

    /// What a `PONG` answers. They come in the order of the questions.
    private enum Ping: Equatable {
        case login
        case life
        case confirmation
    }

    enum OpenAction: Equatable {
        case startTLS
        /// Wait for the server's `INFO`.
        case wait
    }

    enum InfoAction: Equatable {
        /// Do the handshake, then report it.
        case startTLS
        /// Send `CONNECT` and `PING`.
        case logIn
        /// The cluster, or the server's own state, has changed.
        case update
        case end(NATSError)
    }

    enum TLSAction: Equatable {
        /// Wait for the server's `INFO`.
        case wait
        /// Send `CONNECT` and `PING`.
        case logIn
    }

    enum PingAction: Equatable {
        case pong
        case end(NATSError)
    }

    enum PongAction: Equatable {
        /// The client is let in.
        case ready
        /// The server has taken all that was sent before the question.
        case confirmed
        case nothing
        case end(NATSError)
    }

    enum ComplaintAction: Equatable {
        /// The connection goes on.
        case report(NATSError)
        case end(NATSError)
    }

    enum TickAction: Equatable {
        case nothing
        case ping
        case end(NATSError)
    }

    private let rules: ConnectionRules
    private let server: ServerAddress
    private var phase = Phase.idle
    private var isSecured = false
    private var pings: [Ping] = []
    /// The server's last `INFO`.
    private(set) var info = ServerInfo()
    /// When ``tick(at:)`` is due; nothing before the opening and after the end.
    private(set) var deadline: NIODeadline?

    init(to server: ServerAddress, _ rules: ConnectionRules) { (self.server, self.rules) = (server, rules) }

    var isReady: Bool { phase == .ready }
    var isSecure: Bool { isSecured }

    // MARK: Beginning

    mutating func opened(at now: NIODeadline) -> OpenAction {
        // A handler that is added when the socket has just been opened hears of it twice.
        guard phase == .idle else { return .wait }
        deadline = now + rules.loginTime
        guard rules.isTLSFirst else {
            phase = .awaitingInfo
            return .wait
        }
        phase = .securing(nil)
        return .startTLS
    }

    /// - Parameter isLast: whether nothing has come behind it.
    mutating func received(_ info: ServerInfo, isLast: Bool) -> InfoAction {
        switch phase {
        case .awaitingInfo: return begin(info, isLast: isLast)
        case .loggingIn, .ready:
            self.info.connectURLs = info.connectURLs
            self.info.isLameDuck = info.isLameDuck
            self.info.maxPayload = info.maxPayload
            return .update
        case .idle, .securing, .ended:
            return .end(ended(.malformed("INFO came before TLS was set up")))
        }
    }

    private mutating func begin(_ info: ServerInfo, isLast: Bool) -> InfoAction {
        self.info = info
        guard info.takesHeaders else {
            return .end(
                ended(NATSError(.unsupported, "\(server) takes no headers: it needs nats-server 2.2 or later")))
        }
        let wantsTLS = server.needsTLS || info.requiresTLS
        guard wantsTLS, !isSecured else {
            phase = .loggingIn
            return .logIn
        }
        guard info.requiresTLS || info.offersTLS else {
            return .end(ended(NATSError(.tls, "\(server) does no TLS, and its URL asks for it")))
        }
        // Whoever can write into a connection before TLS must not have his words taken for what comes behind it.
        guard isLast else { return .end(ended(.malformed("bytes came in the clear behind INFO"))) }
        phase = .securing(info)
        return .startTLS
    }

    /// The TLS handshake is done.
    mutating func secured() -> TLSAction {
        isSecured = true
        guard case .securing(let info) = phase, info != nil else {
            phase = .awaitingInfo
            return .wait
        }
        phase = .loggingIn
        return .logIn
    }

    /// `CONNECT` and `PING` have been sent.
    mutating func sentLogin() { pings.append(.login) }

    // MARK: Questions

    mutating func receivedPing() -> PingAction {
        switch phase {
        case .loggingIn, .ready: .pong
        case .idle, .securing, .awaitingInfo, .ended: .end(ended(.malformed("PING came before INFO")))
        }
    }

    /// A `PING` has been sent whose answer says that all before it was taken.
    mutating func sentConfirmation() { pings.append(.confirmation) }

    mutating func receivedPong(at now: NIODeadline) -> PongAction {
        guard phase == .loggingIn || phase == .ready, !pings.isEmpty else {
            return .end(ended(.malformed("PONG answers no PING")))
        }
        switch pings.removeFirst() {
        case .login:
            phase = .ready
            deadline = now + rules.pingInterval
            return .ready
        case .life: return .nothing
        case .confirmation: return .confirmed
        }
    }

    /// What may be behind a server that says nothing at all.
    private var silence: String {
        switch phase {
        case .awaitingInfo where !isSecured: "; it may wait for TLS first (handshake_first)"
        case .securing(nil): "; it may not be one that begins with TLS (handshake_first)"
        default: ""
        }
    }

    /// ``deadline`` has passed.
    mutating func tick(at now: NIODeadline) -> TickAction {
        guard let deadline, deadline <= now else { return .nothing }
        guard phase == .ready else {
            let seconds = rules.loginTime.nanoseconds / 1_000_000_000
            return .end(
                ended(NATSError(.timeout, "\(server) has not let the client in within \(seconds) s\(silence)")))
        }
        guard pings.count(where: { $0 == .life }) < rules.outstandingPings else {
            return .end(ended(NATSError(.timeout, "\(server) has not answered \(rules.outstandingPings) times")))
        }
        self.deadline = now + rules.pingInterval
        pings.append(.life)
        return .ping
    }

    // MARK: Messages and complaints

    /// - Returns: why the connection has to end, if it has.
    mutating func receivedMessage() -> NATSError? {
        phase == .ready ? nil : ended(.malformed("message came before the client was let in"))
    }

    mutating func received(_ complaint: ServerComplaint) -> ComplaintAction {
        let error = NATSError(complaint, from: server)
        // A client that is not let in is told why, and what it has not sent can't have been refused.
        guard phase == .ready, !complaint.kind.endsConnection else { return .end(ended(error)) }
        return .report(error)
    }

    // MARK: Ending

    /// The connection is over, whoever ended it.
    mutating func closed() {
        _ = ended(NATSError(.network, ""))
    }

    private mutating func ended(_ error: NATSError) -> NATSError {
        phase = .ended
        deadline = nil
        pings = []
        return error
    }
}

extension NATSError {
    /// What a server's complaint is to a caller.
    init(_ complaint: ServerComplaint, from server: ServerAddress) {
        let words = "\(server) says: \(complaint.text)"
        switch complaint.kind {
        case .authorization: self.init(.refused, "\(words); give credentials that it knows")
        case .permission: self.init(.refused, "\(words); the user's permissions are in the server's configuration")
        case .refused, .ending, .protocolFault, .other: self.init(.serverError, words)
        }
    }
}
