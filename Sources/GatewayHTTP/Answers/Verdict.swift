// What a listener's rules decide about a request, before its body is read. HTTP/1.1 and HTTP/2 both carry it out.

package import EventHub
package import EventLog
package import HTTPTypes
package import NIOCore

/// The rules of one listener.
package protocol RequestJudge: Sendable {
    /// Decides what happens with a request.
    ///
    /// - Parameters:
    ///   - request: its head.
    ///   - peer: the client, as the connection knows it. The rules may change it.
    func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict

    /// The fields of an answer that a connection gives by itself, because the request never reached these rules.
    /// Without them a page could not read the reason.
    ///
    /// - Parameter origins: the request's `Origin` fields, as far as they were read.
    func fieldsBeforeRules(origins: [String]) -> HTTPFields
}

extension RequestJudge {
    package func fieldsBeforeRules(origins: [String]) -> HTTPFields { [:] }
}

/// What happens with a request.
package enum Verdict: Sendable {
    /// Answer it now, whatever its body says.
    case answer(Answer)
    /// Read its body first.
    case collect(BodyPlan)
    /// Make it an event stream.
    case stream(StreamPlan)
}

/// How a request is answered once its body is here.
package struct BodyPlan: Sendable {
    /// How many bytes the body may have.
    package let limit: Int
    /// Whether to keep the body until it is complete. A body that means nothing is only waited for.
    package let keepsBody: Bool
    /// The fields of the answer that the connection gives by itself when the body is malformed or does not come.
    package let fields: HTTPFields
    /// How many times larger than its body an answer can be. So much room is reserved before anything is done.
    package let growth: Int
    private let makeTooLarge: (@Sendable () -> Answer)?
    /// Gives the answer, at once or later, on any thread.
    package let respond: @Sendable (ByteBuffer, @escaping @Sendable (Answer) -> Void) -> Void

    /// - Parameter tooLarge: makes the answer for when the body has more; nothing for the gateway's own.
    package init(
        limit: Int, keepsBody: Bool = true, growth: Int = 1, fields: HTTPFields = [:],
        tooLarge: (@Sendable () -> Answer)? = nil,
        respond: @escaping @Sendable (ByteBuffer, @escaping @Sendable (Answer) -> Void) -> Void
    ) {
        self.limit = limit
        self.keepsBody = keepsBody
        self.fields = fields
        self.growth = growth
        makeTooLarge = tooLarge
        self.respond = respond
    }

    /// The answer to a body that is too large. It is made when it is needed, which is seldom.
    package func tooLarge() -> Answer {
        makeTooLarge?() ?? Problem.bodyTooLarge(limit: limit).answer(with: fields)
    }

    /// The answer when the process has no room for the body (`limits.held`).
    package func noRoom() -> Answer { Problem.heldFull.answer(with: fields) }
}

/// A way out that tells the hub when there is room, and when it is over.
protocol AttachedOutlet: StreamOutlet {
    /// Says whose way out this is, before anything is written to it.
    func belongs(to shard: HubShard, as id: StreamID)
}

/// An event stream that may be opened.
package struct StreamPlan: Sendable {
    package let hub: EventHub
    package let interest: Interest
    /// The sign-in that it comes from, if there is one.
    package var session: SessionID?
    /// Where the client wants to go on, in its own words.
    package let lastEventID: String?
    /// How long the token is still valid.
    package let lifetime: TimeAmount
    /// The key that the token was signed with.
    package var key: UInt64?
    /// The response's head fields.
    package let fields: HTTPFields
    /// Whether the client's last id bears the mark of a refusal. The stream has to replace it, or the client would
    /// count as refused from here on.
    package var followsRejection = false

    /// Opens the stream: it is let in, its way out knows whose it is, the response begins, and the hub writes.
    ///
    /// - Parameters:
    ///   - outlet: where the hub's frames go.
    ///   - begin: writes the response's head, and has the outlet ready to be written to.
    /// - Throws: ``AdmissionRefusal`` when a limit stands against it; nothing has been done then.
    func open(
        _ outlet: some AttachedOutlet, on eventLoop: any EventLoop, _ begin: (Answer) -> Void
    ) throws(AdmissionRefusal) {
        let (shard, id) = try attach(outlet, on: eventLoop)
        outlet.belongs(to: shard, as: id)
        begin(answer(for: shard.name(of: id)))
        shard.assumeIsolated { $0.start(id) }
    }

    private func attach(
        _ outlet: any StreamOutlet, on eventLoop: any EventLoop
    ) throws(AdmissionRefusal) -> (shard: HubShard, id: StreamID) {
        guard let shard = hub.shard(on: eventLoop) else {
            preconditionFailure("A connection runs on one of the event loops that the hub was made with.")
        }
        let (interest, session, lastEventID, tellsPlace) = (interest, session, lastEventID, followsRejection)
        let (endsAt, key) = (eventLoop.now + lifetime, key)
        let bound = NIOLoopBound(outlet, eventLoop: eventLoop)
        // `assumeIsolated` forgets the type of what is thrown.
        let attached = shard.assumeIsolated { shard in
            Result { () throws(AdmissionRefusal) in
                try shard.attach(
                    interest, session: session, lastEventID: lastEventID, tellsPlace: tellsPlace, endsAt: endsAt,
                    key: key, outlet: bound)
            }
        }
        return (shard, try attached.get())
    }

    /// The head of the response. It has the stream's name, for support, and to see that the stream is still the same.
    private func answer(for name: String) -> Answer {
        var fields = fields
        if let field = Self.nameField { fields[field] = name }
        return Answer(.ok, fields: fields)
    }

    private static let nameField = HTTPField.Name("Sluice-Stream")
}
