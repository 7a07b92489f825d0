// What a fuzzer may feed with any bytes: each place where a stranger's bytes are first read. `make fuzz-parsers`
// searches them with libFuzzer; `make test` replays the inputs that are kept in `Tests/GatewayServerTests/FuzzCases`.

/// A reader of a stranger's bytes, with what must hold whatever they are.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case eventStream = "event-stream"
    case json
    case token
    case claims
    case keySet = "key-set"
    case http2
    case tls
    case proxyHeader = "proxy-header"
    case nats
    case storedEvent = "stored-event"

    /// Reads the bytes, and traps where a promise is broken.
    ///
    /// - Parameter bytes: the first one says in what pieces the rest comes, for a target that takes pieces.
    package func read(_ bytes: [UInt8]) {
        switch self {
        case .eventStream: EventStreamTarget.read(Pieces(bytes))
        case .json: JSONTarget.read(bytes)
        case .token: TokenTarget.read(bytes)
        case .claims: TokenTarget.readClaims(bytes)
        case .keySet: TokenTarget.readKeySet(bytes)
        case .http2: HTTP2Target.read(Pieces(bytes))
        case .tls: TLSTarget.read(Pieces(bytes))
        case .proxyHeader: ProxyHeaderTarget.read(Pieces(bytes))
        case .nats: NATSTarget.read(Pieces(bytes))
        case .storedEvent: StoredEventTarget.read(bytes)
        }
    }
}
