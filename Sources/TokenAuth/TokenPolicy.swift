// What the operator asks of a token beside its signature.

/// The rules for claims.
package struct TokenPolicy: Sendable, Equatable {
    /// What `iss` has to be (RFC 7519 §4.1.1). Nothing: any issuer that has the key.
    package var issuer: String?
    /// What `aud` has to name (RFC 7519 §4.1.3). Nothing: no token that is meant for anyone by name is meant for us.
    package var audience: String?
    /// How far two clocks may differ, in seconds; from 0 to ``maximumClockSkewSeconds``.
    package let clockSkewSeconds: Int64
    /// How many bytes a token may have. More are refused before anything is done with them.
    package let maximumTokenBytes: Int

    /// A token that is good for much longer than it says is no expiring token.
    static let maximumClockSkewSeconds: Int64 = 300

    /// - Parameters:
    ///   - issuer: what `iss` has to be.
    ///   - audience: what `aud` has to name.
    ///   - clockSkewSeconds: how far two clocks may differ, in seconds. Cut to 0…300.
    ///   - maximumTokenBytes: how many bytes a token may have.
    package init(
        issuer: String? = nil, audience: String? = nil, clockSkewSeconds: Int64 = 30, maximumTokenBytes: Int = 8192
    ) {
        self.issuer = issuer
        self.audience = audience
        self.clockSkewSeconds = min(max(0, clockSkewSeconds), Self.maximumClockSkewSeconds)
        self.maximumTokenBytes = maximumTokenBytes
    }
}
