// The limits and switches of the public surface, as the rules need them. Defaults stand with the configuration keys.

package import NIOCore

/// What an operator can set about requests.
package struct GatewaySettings: Sendable, Equatable {
    /// Whether to accept `?access_token=`. A token in a URL ends up in logs and histories (RFC 6750 §5.3).
    package var allowsQueryToken: Bool
    /// How far the clocks of token issuer and gateway may be apart, in seconds.
    package var clockSkewSeconds: Int64
    /// With which requests browsers send the session cookie.
    package var sameSite: SameSite
    /// Whether publishing needs a verified client certificate beside the token.
    package var publishNeedsClientCertificate: Bool
    /// How often the authorities of client certificates have changed. A certificate that was verified against former
    /// ones counts no more.
    package var authorities: UInt64 = 0
    /// By issuer whose keys are fetched: what its streams end with, in place of their keys.
    package var providerMarks: [String: UInt64] = [:]
    /// How long a request waits for a key that is being fetched.
    package var keyPatience = TimeAmount.seconds(10)
    /// How many bytes a request's body may have.
    package var bodyBytes: Int
    /// How many topics a stream may have.
    package var topicsPerStream: Int
    package var publishLimits: PublishLimits
    /// Whether an event says which request brought it.
    package var tellsRequest = false
    /// Whose word about the client of a request is taken; nobody's where there is none.
    package var forwarding: ForwardedRule?
    /// What one address, publisher or user may have.
    package var callers = CallerLimits()

    package init(
        allowsQueryToken: Bool, clockSkewSeconds: Int64, sameSite: SameSite = .lax,
        publishNeedsClientCertificate: Bool, bodyBytes: Int, topicsPerStream: Int, publishLimits: PublishLimits
    ) {
        self.allowsQueryToken = allowsQueryToken
        self.clockSkewSeconds = clockSkewSeconds
        self.sameSite = sameSite
        self.publishNeedsClientCertificate = publishNeedsClientCertificate
        self.bodyBytes = bodyBytes
        self.topicsPerStream = topicsPerStream
        self.publishLimits = publishLimits
    }
}

/// What one publish request may hold.
package struct PublishLimits: Sendable, Equatable {
    /// Bytes of an event's data.
    package var eventBytes: Int
    /// Lines of an NDJSON body.
    package var batchEvents: Int
    /// Users that one event names.
    package var usersPerEvent: Int

    package init(eventBytes: Int, batchEvents: Int, usersPerEvent: Int) {
        self.eventBytes = eventBytes
        self.batchEvents = batchEvents
        self.usersPerEvent = usersPerEvent
    }
}
