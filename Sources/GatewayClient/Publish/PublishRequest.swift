package import EventStream
internal import NIOCore
internal import StrictJSON

/// One event to publish, as a value; `json` is how it travels.
package struct PublishRequest: Sendable, Equatable {
    /// Whom an event is for.
    package enum Audience: Sendable, Equatable {
        /// Every stream of one user, by the `sub` of the user's token.
        case user(String)
        /// Every stream that asked for the topic.
        case topic(String)
        /// Every stream.
        case everyone
    }

    /// Whom the event is for.
    package var audience: Audience
    /// The event's name; a reader takes "message" when there is none.
    package var event: EventName?
    /// The event's data, delivered as this text.
    package var data: String

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - audience: whom the event is for.
    ///   - event: the event's name.
    ///   - data: the event's data, delivered as this text.
    package init(audience: Audience, event: EventName? = nil, data: String) {
        self.audience = audience
        self.event = event
        self.data = data
    }

    /// The request body: one JSON object on one line (RFC 8259), so that it is a line of NDJSON too.
    var json: ByteBuffer {
        var writer = JSONWriter()
        writer.object { members in
            members.object("to") { write(audience, to: &$0) }
            if let event { members.string("event", event.text) }
            members.string("data", data)
        }
        return ByteBuffer(bytes: writer.bytes)
    }

    private func write(_ audience: Audience, to members: inout JSONMembers) {
        switch audience {
        case .user(let name): members.string("user", name)
        case .topic(let name): members.string("topic", name)
        case .everyone: members.bool("everyone", true)
        }
    }
}
