package import EventStream
internal import NIOCore
internal import StrictJSON

/// What an event source tells its consumer, in order.
package enum EventSourceMessage: Sendable {
    /// A connection is open and the gateway took the token.
    case opened
    /// An event of the stream.
    case event(ServerSentEvent)
    /// A comment; empty ones are heartbeats.
    case comment(String)
    /// The gateway says that events before this point are lost (`sluice.gap`).
    case gap(ServerSentEvent)
    /// The gateway says that it is cut off from its log, so events come late (`sluice.delayed`).
    case delayed(ServerSentEvent)
    /// The gateway says that this is over, and that all late events have come (`sluice.current`).
    case current(ServerSentEvent)
    /// The gateway says who is in a topic (`sluice.presence`).
    case presence(ServerSentEvent)
    /// The gateway says why it ends the stream (`sluice.rejected`).
    case rejected(ServerSentEvent)
    /// The connection is gone and another will be made after the time given.
    case reconnecting(after: Duration, reason: GatewayClientError)
    /// The last message: nothing more will come, and asking again would not help.
    case closed(reason: GatewayClientError)
}

/// The data of a `sluice.rejected` event: why the gateway ends a stream, and whether to come back.
package struct RejectionNotice: Sendable, Equatable {
    package let sentence: String
    /// Coming back is the default. When the reason lasts, the next answer's status says so.
    package let isRetryable: Bool

    /// Reads a notice. Data that is not understood gives a notice without a reason.
    ///
    /// - Parameter data: the event's data, `{"code":…,"detail":…,"retryable":…}`.
    package init(data: String) {
        let members = JSONFields(json: ByteBuffer(string: data).readableBytesView)
        let code = members?.string("code") ?? "no code"
        let detail = members?.string("detail") ?? "no reason given"
        sentence = "the gateway ended the stream (\(code)): \(detail)"
        isRetryable = members?.boolean("retryable") ?? true
    }
}

/// A received event as text for standard output, in the two forms of `sluice listen`.
extension ServerSentEvent {
    /// The event as event-stream text again, blank line included, so that any event-stream parser can read it.
    ///
    /// An id or a name that the encoder refuses (longer than 255 bytes) is left out.
    package var eventStreamText: String {
        var buffer = ByteBuffer()
        EventStreamEncoder.appendEvent(
            id: try? EventID(lastEventID), event: try? EventName(event), data: ByteBuffer(string: data), to: &buffer)
        return String(buffer: buffer)
    }

    /// The event as one JSON object on one line: `id` (empty when the stream gave none), `event`, `data`, all strings.
    package var json: String {
        var writer = JSONWriter()
        writer.object { members in
            members.string("id", lastEventID)
            members.string("event", event)
            members.string("data", data)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
