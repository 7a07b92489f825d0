// From a request that was let in to a stream of the hub.

package import EventHub
internal import EventLog
package import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import TokenAuth

/// An event stream that may be opened.
struct HubStreamPlan: StreamPlan {
    let hub: EventHub
    let interest: Interest
    /// The sign-in that it comes from, if it does.
    var session: SessionID?
    /// What is kept in its token's place, if its token fits no cookie.
    var kept: KeptSession.Name?
    /// Where the client wants to go on, in its own words.
    let lastEventID: String?
    /// How long the token is still good.
    let lifetime: TimeAmount
    /// What the token says; nil where nobody asks for it, as in a test.
    var claims: Claims?
    /// What it ends with; nil for the key of its token.
    var key: UInt64?
    /// Who asks, for administrators.
    var visitor = StreamVisitor()
    /// The response's head fields.
    let fields: HTTPFields
    /// Whether the client's last id bears the mark of a refusal, which has to go: else it would be taken for refused
    /// from here on.
    var followsRejection = false
    /// Its place among the streams of its client's address, where these are counted.
    var place: AddressPlace?

    func open(
        _ body: StreamBody, on eventLoop: any EventLoop, _ begin: (Answer) -> Void
    ) throws(StreamRefusal) {
        // It may have been revoked since it was verified. One that is from here on finds the stream there.
        if let claims, hub.revocations.refuses(claims) {
            throw StreamRefusal(rejected(.revoked, isRetryable: false))
        }
        // Signing out lets go of the session before it ends its streams.
        if let kept, hub.sessions.session(named: kept) == nil {
            throw StreamRefusal(rejected(.notKept, isRetryable: false))
        }
        let (shard, id) = try attach(body.outlet, body.httpVersion, on: eventLoop)
        body.belongs(to: StreamPlace(shard: shard, id: id, place: place))
        begin(answer(for: shard.name(of: id)))
        shard.assumeIsolated { $0.start(id) }
    }

    private func attach(
        _ outlet: any StreamOutlet, _ version: StreamVisitor.HTTPVersion, on eventLoop: any EventLoop
    ) throws(StreamRefusal) -> (shard: HubShard, id: StreamID) {
        guard let shard = hub.shard(on: eventLoop) else {
            preconditionFailure("A connection runs on one of the event loops that the hub was made with.")
        }
        let (interest, session, lastEventID, tellsPlace) = (interest, session, lastEventID, followsRejection)
        let (endsAt, key, token) = (
            eventLoop.now + lifetime, key ?? claims?.key.number, claims.map(TokenMark.init) ?? .unknown
        )
        var visitor = visitor
        visitor.httpVersion = version
        let bound = NIOLoopBound(outlet, eventLoop: eventLoop)
        // `assumeIsolated` forgets the type of what is thrown.
        let attached = shard.assumeIsolated { shard in
            Result { () throws(AdmissionRefusal) in
                try shard.attach(
                    interest, session: session, lastEventID: lastEventID, tellsPlace: tellsPlace, endsAt: endsAt,
                    key: key, token: token, visitor: visitor, outlet: bound)
            }
        }
        do throws(AdmissionRefusal) {
            return (shard, try attached.get())
        } catch {
            throw StreamRefusal(rejected(error, isRetryable: true))
        }
    }

    /// The head of the response, which says what the stream is called: for support, and to see that it is still the
    /// same.
    private func answer(for name: String) -> Answer {
        var fields = fields
        if let field = Self.nameField { fields[field] = name }
        return Answer(.ok, fields: fields)
    }

    private static let nameField = HTTPField.Name("Sluice-Stream")
}

/// A stream's place in the hub, for its connection.
private struct StreamPlace: StreamSource {
    let shard: HubShard
    let id: StreamID
    /// Held for as long as the stream is open.
    let place: AddressPlace?

    func becameWritable() { shard.assumeIsolated { $0.becameWritable(id) } }

    func closed() { shard.assumeIsolated { $0.detach(id) } }
}

// MARK: - The hub's way out

extension StreamBody {
    fileprivate var httpVersion: StreamVisitor.HTTPVersion {
        switch self {
        case .http1: .http1
        case .http2: .http2
        }
    }

    var outlet: any StreamOutlet {
        switch self {
        case .http1(let handler): handler
        case .http2(let outlet): outlet
        }
    }
}

// Frames go right from the hub to the connection: only the words of an end are the rules'.

extension HTTP1StreamHandler: StreamOutlet {
    package func end(_ reason: StreamEnd) { end(isOrderly: reason.isOrderly, lastWord: reason.lastWord) }
}

extension HTTP2StreamOutlet: StreamOutlet {
    package func end(_ reason: StreamEnd) { end(isOrderly: reason.isOrderly, lastWord: reason.lastWord) }
}
