// Why a token is not accepted. The answer that a client gets of it is the room's above.

/// A token that is not accepted.
package struct TokenRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason, for programs and metrics.
    package let code: Code
    /// The reason and what to do about it, in ASCII. Repeats nothing of the token and nothing of a key.
    package let detail: String
    /// The key that the issuer may have by now: whoever can ask it may judge the token again then.
    package let missingKey: MissingKey?

    init(_ code: Code, _ detail: String, missingKey: MissingKey? = nil) {
        self.code = code
        self.detail = detail
        self.missingKey = missingKey
    }

    /// The code and the detail.
    package var description: String { "\(code): \(detail)" }
}

extension TokenRefusal {
    /// The reasons, in the order that they are looked for.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        /// As it stands in an answer.
        package let description: String

        private init(_ description: String) { self.description = description }

        /// No JWS in compact form (RFC 7515 §7.1), or one with parts that this gateway must not ignore.
        package static let malformed = Code("token-malformed")
        /// Its algorithm is none of ours, or not its key's.
        static let algorithm = Code("token-algorithm")
        /// It names no key, or one that is not in the key set.
        static let keyUnknown = Code("token-key-unknown")
        /// Its signature is not what its key makes of it.
        static let signature = Code("token-signature")
        /// A claim is missing, or not what it should be.
        package static let claims = Code("token-claims")
        /// It is past its `exp`.
        package static let expired = Code("token-expired")
        /// It is before its `nbf` or `iat`.
        package static let notYetValid = Code("token-not-yet-valid")
        /// Its `iss` is not the one that is configured.
        package static let issuer = Code("token-issuer")
        /// Its `aud` does not name this gateway.
        package static let audience = Code("token-audience")
        /// An administrator has revoked it.
        static let revoked = Code("token-revoked")
        /// The cookie's handle stands for no session that is kept.
        static let notKept = Code("token-not-kept")
        /// The session began under other rules for tokens than today's.
        static let rulesChanged = Code("token-rules-changed")
    }
}

// What would make a refused token a good one.

/// A key that an issuer's set lacks.
///
/// Both names come from configuration and from a token that nobody has verified: the issuer is one of the configured,
/// the key's name may be anything that a name may be.
package struct MissingKey: Sendable, Hashable {
    /// The issuer's name in the configuration.
    package let issuer: String
    /// The key's name (`kid`); nothing when the token has none.
    package let keyID: String?

    init(issuer: String, keyID: String?) {
        self.issuer = issuer
        self.keyID = keyID
    }
}

extension TokenRefusal {
    /// A token of more bytes than are looked at.
    static func tooLarge(limit: Int) -> TokenRefusal {
        TokenRefusal(.malformed, "The token has more than \(limit) bytes (auth.token_bytes): put less in it.")
    }

    /// A token that is good in itself, and was revoked. Who knows of it is the room's above.
    package static let revoked = TokenRefusal(.revoked, "The token was revoked: sign in again, for a new one.")

    /// The handle of a session that nobody keeps. Who keeps them is the room's above.
    package static let notKept = TokenRefusal(
        .notKept,
        "The gateway keeps no session for this cookie: it has ended, or its user has signed out. Sign in again.")

    static let rulesChanged = TokenRefusal(
        .rulesChanged, "The rules for tokens have changed since this session began: sign in again.")
}
