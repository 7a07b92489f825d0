package import EventStream

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
    /// The gateway says that it is cut off from its log: what is published comes late (`sluice.delayed`).
    case delayed(ServerSentEvent)
    /// The gateway says that this is over, and that all has come that there is (`sluice.current`).
    case current(ServerSentEvent)
    /// The gateway says why it ends the stream (`sluice.rejected`).
    case rejected(ServerSentEvent)
    /// The connection is gone and another will be made after the time given.
    case reconnecting(after: Duration, reason: GatewayClientError)
    /// The last message: nothing more will come, and asking again would not help.
    case closed(reason: GatewayClientError)
}
