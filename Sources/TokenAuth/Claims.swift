// What a verified token says. There is no other way to one than the verifier.

/// Who asks and what they may do.
package struct Claims: Sendable, Equatable {
    /// The user (`sub`, RFC 7519 §4.1.2).
    package let subject: String
    /// The token's own name (`jti`, §4.1.7).
    let tokenID: String?
    /// When it was issued (`iat`, §4.1.6), rounded up to whole seconds.
    let issuedAt: NumericDate?
    /// When it ends (`exp`, §4.1.4), rounded down to whole seconds.
    package let expiresAt: NumericDate
    /// The key that signed it (`kid`, RFC 7515 §4.1.4).
    package let keyID: String
    /// The same key, told from another of the same name.
    package let key: KeyMark
    /// What its holder may do beyond reading its own events and everyone's.
    package let grants: Grants
}
