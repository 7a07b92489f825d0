package import GatewayRules

// `session.…`: how browsers stay signed in.

extension GatewayConfiguration {
    /// `session.…`: how browsers stay signed in.
    package struct Session: Sendable, Equatable {
        /// With which requests browsers send the cookie.
        package var sameSite = SameSite.lax
        /// How long ahead of its token's end a stream is told of it.
        package var expiryNotice: Duration = .seconds(60)

        package init() {}
    }
}
